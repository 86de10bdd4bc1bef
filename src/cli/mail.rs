//! `portero mail`

use jiff::tz::TimeZone;

use super::arguments::MailVerb;
use super::desk::Desk;
use super::error::CommandError;
use super::terminal::{moment, table};
use crate::domain::ids::MailId;
use crate::flows::administer::{Answer, MailStatus, MailView, Request};

pub(super) async fn run(verb: MailVerb, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    match verb {
        MailVerb::List => {
            let mails = open(desk).await?;
            desk.show(&mails, |zone| {
                let rows: Vec<_> = mails.iter().map(|mail| row(mail, zone)).collect();
                table(["MESSAGE", "STATE", "ABOUT", "USER", "TO", "PUT IN", "TRIES", "NEXT TRY", "LAST FAILURE"], &rows)
            })
        }
        MailVerb::Retry { ids, all } => {
            let ids = if all { dead(&open(desk).await?) } else { ids };
            each(ids, Request::RetryMail, "is tried again", desk).await
        }
        MailVerb::Drop { ids } => each(ids, Request::DropMail, "was dropped", desk).await,
    }
}

async fn open(desk: &mut Desk<'_, '_>) -> Result<Vec<MailView>, CommandError> {
    let Answer::Mails(mails) = desk.ask(Request::ListMail).await? else { return Err(CommandError::Astray) };
    Ok(mails)
}

/// Those that can still be of use: an outdated message cannot be tried.
fn dead(mails: &[MailView]) -> Vec<MailId> {
    let given_up = mails.iter().filter(|mail| mail.status == MailStatus::Dead);
    let outdated = |mail: &MailView| {
        mail.failure.as_ref().zip(mail.useful_until).is_some_and(|(failure, until)| until <= failure.at)
    };
    given_up.filter(|mail| !outdated(mail)).map(|mail| mail.id).collect()
}

/// Does something to each message; the first that cannot be done ends it.
async fn each(
    ids: Vec<MailId>,
    request: impl Fn(MailId) -> Request,
    told: &str,
    desk: &mut Desk<'_, '_>,
) -> Result<(), CommandError> {
    let mut done: Vec<MailView> = Vec::with_capacity(ids.len());
    for id in ids {
        let Answer::Mail(mail) = desk.ask(request(id)).await? else { return Err(CommandError::Astray) };
        done.push(*mail);
    }
    desk.show(&done, |_| {
        let lines: Vec<_> = done.iter().map(|mail| format!("{} to {} {told}", mail.id, mail.to)).collect();
        if lines.is_empty() { "no message".to_owned() } else { lines.join("\n") }
    })
}

fn row(mail: &MailView, zone: &TimeZone) -> [String; 9] {
    let state = match mail.status {
        MailStatus::Waiting => "waiting",
        MailStatus::Delivered => "delivered",
        MailStatus::Dead => "dead",
        MailStatus::Dropped => "dropped",
    };
    let none = || "-".to_owned();
    [
        mail.id.to_string(),
        state.to_owned(),
        mail.kind.as_str().to_owned(),
        mail.user.as_ref().map_or_else(none, ToString::to_string),
        mail.to.to_string(),
        moment(mail.created_at, zone),
        mail.tries.to_string(),
        mail.next_try_at.map_or_else(none, |at| moment(at, zone)),
        mail.failure.as_ref().map_or_else(none, |failure| format!("{}: {}", failure.reason.as_str(), failure.detail)),
    ]
}
