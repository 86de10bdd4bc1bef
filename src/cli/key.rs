//! `portero key`

use super::arguments::KeyVerb;
use super::desk::Desk;
use super::error::CommandError;
use super::terminal::{details, moment, table};
use crate::flows::administer::{Answer, KeyView, Request};

pub(super) async fn run(verb: KeyVerb, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    match verb {
        KeyVerb::List => {
            let Answer::Keys(keys) = desk.ask(Request::ListKeys).await? else { return Err(CommandError::Astray) };
            desk.show(&keys, |zone| {
                let row = |key: &KeyView| {
                    let retired = key.retired_at.map_or_else(|| "-".to_owned(), |at| moment(at, zone));
                    let state = if key.retired_at.is_some() { "published" } else { "signs" };
                    [key.kid.clone(), state.to_owned(), moment(key.created_at, zone), retired]
                };
                table(["KEY", "STATE", "MADE", "RETIRED"], &keys.iter().map(row).collect::<Vec<_>>())
            })
        }
        KeyVerb::Rotate => {
            let Answer::Key(key) = desk.ask(Request::RotateKey).await? else { return Err(CommandError::Astray) };
            desk.show(&key, |zone| details(&[("signs now", key.kid.clone()), ("made", moment(key.created_at, zone))]))
        }
    }
}
