//! A file as rows, whatever ends its lines, each with the line it begins on.

use std::io::Read;

/// Bytes a row may have. A quotation mark that is opened and never closed makes one row of all that follows.
const MAX_ROW: u64 = 4 << 20;

/// A row of the file.
pub struct Row {
    /// The line it begins on; the header is line 1.
    pub line: u64,
    pub fields: csv::ByteRecord,
}

/// Reads rows; passes over empty ones.
pub struct Rows<R> {
    reader: csv::Reader<Lines<R>>,
    /// Rows read so far, empty ones included, the header not.
    pub read: u64,
}

impl<R: Read> Rows<R> {
    pub fn of(reader: R) -> Self {
        let lines = Lines {
            reader,
            quotes: 0,
            since_row: 0,
            after_return: false,
            ended: false,
        };
        Self {
            reader: csv::ReaderBuilder::new().flexible(true).from_reader(lines),
            read: 0,
        }
    }

    pub fn header(&mut self) -> csv::Result<&csv::ByteRecord> {
        self.reader.byte_headers()
    }

    /// The next row that holds something; None at the end.
    pub fn next(&mut self) -> csv::Result<Option<Row>> {
        let mut fields = csv::ByteRecord::new();
        loop {
            self.reader.get_mut().since_row = 0;
            match self.reader.read_byte_record(&mut fields) {
                Ok(true) => self.read += 1,
                Ok(false) => return Ok(None),
                Err(error) if self.reader.get_ref().since_row > MAX_ROW => {
                    let line = fields.position().map_or(0, csv::Position::line);
                    let problem = format!("line {line}: {error}");
                    return Err(std::io::Error::other(problem).into());
                }
                Err(error) => return Err(error),
            }
            // Spreadsheets leave empty rows behind.
            if fields.iter().any(|field| !field.trim_ascii().is_empty()) {
                let line = self.line_of(&fields);
                return Ok(Some(Row { line, fields }));
            }
        }
    }

    /// Whether the file is read, and a quotation mark in it was never closed.
    pub fn ends_in_quotation(&self) -> bool {
        self.reader.is_done() && self.reader.get_ref().quotes % 2 == 1
    }

    /// The reader says where it stood before a row, and the empty lines over it; counting back from where it stands after
    /// the row leaves those out.
    fn line_of(&self, fields: &csv::ByteRecord) -> u64 {
        let before = fields.position().map_or(0, csv::Position::line);
        let breaks = fields
            .as_slice()
            .iter()
            .filter(|byte| **byte == b'\n')
            .count() as u64;
        let after = self.reader.position().line();
        before.max(after.saturating_sub(breaks + 1))
    }
}

/// Makes each line end in a line feed, the last one too, and counts quotation marks on the way: in a well-formed file they
/// are even.
struct Lines<R> {
    reader: R,
    quotes: u64,
    /// Bytes read since a row was asked for.
    since_row: u64,
    after_return: bool,
    ended: bool,
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let count = self.reader.read(buffer)?;
            if count == 0 {
                if self.ended {
                    return Ok(0);
                }
                self.ended = true;
                buffer[0] = b'\n';
                return Ok(1);
            }
            self.since_row += count as u64;
            if self.since_row > MAX_ROW {
                return Err(std::io::Error::other(
                    "the row that begins here has more than 4 MB: most likely a quotation mark in it is never closed",
                ));
            }
            let mut kept = 0;
            for at in 0..count {
                let byte = buffer[at];
                let ends_pair = byte == b'\n' && self.after_return;
                self.after_return = byte == b'\r';
                self.quotes += u64::from(byte == b'"');
                if !ends_pair {
                    buffer[kept] = if byte == b'\r' { b'\n' } else { byte };
                    kept += 1;
                }
            }
            // Nothing kept is not the end: it was the second half of a pair.
            if kept > 0 {
                return Ok(kept);
            }
        }
    }
}
