//! Order numbers, for people to read out: `RI-7K3M-Q2XW`.

/// Crockford's base 32: no I, L, O or U (<https://www.crockford.com/base32.html>).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A number of 40 of `secret`'s bits. It is unguessable enough to meet no other, and tells nothing: what opens an order is
/// its token.
pub(super) fn order_number(secret: &[u8; 32]) -> String {
    let bits = secret[..5]
        .iter()
        .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let mut number = String::from("RI-");
    for at in 0..8 {
        if at == 4 {
            number.push('-');
        }
        let index = (bits >> (35 - 5 * at)) & 31;
        number.push(char::from(
            ALPHABET[usize::try_from(index).unwrap_or_default()],
        ));
    }
    number
}

#[cfg(test)]
mod tests {
    use super::order_number;

    #[test]
    fn writes_forty_bits_in_two_groups() {
        assert_eq!(order_number(&[0; 32]), "RI-0000-0000");
        assert_eq!(order_number(&[0xff; 32]), "RI-ZZZZ-ZZZZ");
        let mut secret = [0; 32];
        secret[4] = 33;
        assert_eq!(order_number(&secret), "RI-0000-0011");
    }
}
