//! Mail to shoppers.

mod claim_link;
mod confirmation;
mod news;
mod payment_link;

pub(crate) use claim_link::send_claim_link;
pub(crate) use confirmation::send_order_confirmation;
pub(crate) use news::{News, send as send_news};
pub(crate) use payment_link::send_payment_link;

use crate::Broken;
use domain::EventId;
use domain::checkout::Email;
use lettre::message::{Mailbox, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::path::PathBuf;
use std::time::Duration;
use time::OffsetDateTime;
use time::macros::format_description;

/// How long sending one mail may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// Sends mail: over SMTP, or into a folder where it can be looked at. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    post: Post,
}

#[derive(Clone)]
enum Post {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

/// A mail, in both forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The event that asked for it: its Message-ID, so that the same mail twice is recognised as one.
    pub event: EventId,
    /// When it was asked for.
    pub at: OffsetDateTime,
    pub to: Email,
    pub subject: String,
    pub html: String,
    pub text: String,
}

impl Mailer {
    /// Over SMTP: `smtps://user:password@host`, `smtp://host:25?tls=required`. `from` is `Rialto <shop@example.com>`.
    ///
    /// # Errors
    /// [`Broken::Other`] for a URL or a sender that can't be read.
    pub fn smtp(url: &str, from: &str) -> Result<Self, Broken> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|error| Broken::Other(format!("SMTP URL: {error}")))?
            .timeout(Some(DEADLINE))
            .build();
        Ok(Self {
            from: sender(from)?,
            post: Post::Smtp(transport),
        })
    }

    /// Into `folder`, which is made when it is not there: each mail as `<time>-<event>.eml`, `.html` and `.txt`.
    ///
    /// # Errors
    /// [`Broken::Other`] for a sender that can't be read.
    pub fn folder(folder: impl Into<PathBuf>, from: &str) -> Result<Self, Broken> {
        Ok(Self {
            from: sender(from)?,
            post: Post::Folder(folder.into()),
        })
    }

    /// Sends `mail`, or puts it where mail is looked at.
    ///
    /// # Errors
    /// [`Broken::Other`] when it can't be delivered now; sending it again is safe.
    pub async fn send(&self, mail: &Mail) -> Result<(), Broken> {
        let message = self.message(mail)?;
        match &self.post {
            Post::Smtp(transport) => {
                let sending = transport.send(message);
                match tokio::time::timeout(DEADLINE, sending).await {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(error)) => Err(Broken::Other(format!("SMTP: {error}"))),
                    Err(_) => Err(Broken::Other("SMTP: no answer in time".to_owned())),
                }
            }
            Post::Folder(folder) => keep(folder.clone(), mail, message.formatted())
                .await
                .map_err(|error| Broken::Other(format!("mail folder: {error}"))),
        }
    }

    fn message(&self, mail: &Mail) -> Result<Message, Broken> {
        let unfit = |error: &dyn std::fmt::Display| Broken::Other(format!("mail: {error}"));
        let address = mail.to.as_str().parse().map_err(|error| unfit(&error))?;
        let host = self.from.email.domain();
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, address))
            .subject(&mail.subject)
            .date(mail.at.into())
            .message_id(Some(format!("<{}@{host}>", mail.event)))
            .multipart(MultiPart::alternative_plain_html(
                mail.text.clone(),
                mail.html.clone(),
            ))
            .map_err(|error| unfit(&error))
    }
}

fn sender(from: &str) -> Result<Mailbox, Broken> {
    from.parse()
        .map_err(|error| Broken::Other(format!("mail sender {from:?}: {error}")))
}

/// Named after the event, so that the same mail again replaces itself.
async fn keep(folder: PathBuf, mail: &Mail, message: Vec<u8>) -> std::io::Result<()> {
    let stamp = mail
        .at
        .format(format_description!(
            "[year][month][day]T[hour][minute][second]"
        ))
        .map_err(std::io::Error::other)?;
    let stem = format!("{stamp}-{}", mail.event);
    tokio::fs::create_dir_all(&folder).await?;
    tokio::fs::write(folder.join(format!("{stem}.html")), &mail.html).await?;
    tokio::fs::write(folder.join(format!("{stem}.txt")), &mail.text).await?;
    tokio::fs::write(folder.join(format!("{stem}.eml")), message).await
}
