use std::os::unix::fs::PermissionsExt;

use std::sync::Arc;

use tempfile::TempDir;

use super::super::foundation::LostKey;
use super::*;
use crate::config::ParseContext;
use crate::domain::organization::Organization;
use crate::flows::administer::{Actor, AdministerError, Answer, Request};

const ACTOR: Actor = Actor::CommandLine { uid: 1000 };

/// A house that Portero has run in, and room beside it.
struct Place {
    folder: TempDir,
    config: Config,
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let config = Config::parse("", ParseContext::new("config.toml", folder.path())).expect("in order");
        Self { folder, config }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Does something with the store open, and closes it.
    fn with<T>(&self, act: impl AsyncFnOnce(&Foundation) -> T) -> T {
        let foundation = Foundation::open(&self.config, LostKey::Refuse).expect("opens");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let done = runtime.block_on(act(&foundation));
        foundation.close();
        done
    }

    /// Adds organizations, and a signing key unless there is one.
    fn settle(&self, keys: &[&str]) {
        self.with(async |foundation| {
            for key in keys {
                let organization = Organization {
                    key: key.parse().expect("a key"),
                    written_key: (*key).to_owned(),
                    name: "Acme".parse().expect("a name"),
                    parent: None,
                    created_at: Timestamp::UNIX_EPOCH,
                    settings: Default::default(),
                };
                foundation.store.add_organization(organization).await.expect("added");
            }
            let Foundation { store, master, clock, random, .. } = foundation;
            crate::keys::Keys::load(&**store, master, &**clock, &**random).await.expect("a key");
        });
    }

    fn write(&self, form: Form, path: &Path) -> Result<Answer, AdministerError> {
        self.with(async |foundation| {
            let request = Request::Archive { form, path: path.to_owned() };
            foundation.administrator(&Arc::new(self.config.clone()), None).expect("made").perform(ACTOR, request).await
        })
    }

    fn take(&self, form: Form, bytes: &[u8]) -> Result<TakenIn, TakeInError> {
        self.take_as(bytes, &TakeIn { form, force: false, new_signing_key: false, actor: ACTOR })
    }

    fn take_as(&self, mut bytes: &[u8], wish: &TakeIn) -> Result<TakenIn, TakeInError> {
        take_in(&self.config, &mut bytes, wish, &crate::clock::SystemClock)
    }

    fn organizations(&self) -> Vec<String> {
        self.with(async |foundation| {
            let all = foundation.store.organizations().await.expect("read");
            all.into_iter().map(|organization| organization.written_key).collect()
        })
    }

    fn last_event(&self) -> AuditEvent {
        self.with(async |foundation| foundation.store.audit(None, 1).await.expect("read").remove(0))
    }

    /// Brings the master key of another place here.
    fn bring_master_key(&self, from: &Self) {
        fs::create_dir_all(&self.config.store.path).expect("made");
        let name = "master.key";
        fs::copy(from.config.store.path.join(name), self.config.store.path.join(name)).expect("copied");
    }
}

/// A place with two organizations, and its archive.
fn archived(form: Form) -> (Place, Vec<u8>) {
    let place = Place::new();
    place.settle(&["acme", "other"]);
    let file = place.file("archive");
    place.write(form, &file).expect("written");
    let bytes = fs::read(&file).expect("read");
    (place, bytes)
}

#[test]
fn a_backup_is_private_replaces_the_one_before_and_is_told_in_the_trail() {
    let place = Place::new();
    place.settle(&["acme"]);
    let file = place.file("house.backup");
    fs::write(&file, "the one before").expect("written");
    let Answer::Archive(told) = place.write(Form::Backup, &file).expect("written") else { panic!("an archive") };
    let meta = fs::metadata(&file).expect("there");
    assert_eq!((meta.len(), meta.permissions().mode() & 0o7777), (told.bytes, 0o600));
    let text = fs::read_to_string(&file).expect("text");
    assert_eq!(text.lines().count() as u64, told.records + 2);
    assert_eq!(fs::read_dir(place.folder.path()).expect("read").count(), 2, "nothing but the store and the backup");
    let event = place.last_event();
    assert_eq!((event.action, event.reason), (AuditAction::BackUp, AuditReason::Ok));
    assert_eq!(event.actor.as_deref(), Some("command line, uid 1000"));
}

#[test]
fn a_place_that_cannot_be_written_is_named_and_stays_as_it_is() {
    let place = Place::new();
    place.settle(&["acme"]);
    for path in ["/dev/null", "/nowhere/house.backup", place.folder.path().to_str().expect("text"), "/"] {
        let error = place.write(Form::Backup, Path::new(path)).expect_err("refused");
        assert!(matches!(&error, AdministerError::Archive { .. }), "{error}");
        assert!(error.to_string().starts_with(path), "{error}");
    }
    assert_eq!(place.last_event().reason, AuditReason::Failed);
    let error = place.write(Form::Backup, Path::new("house.backup")).expect_err("refused");
    assert!(matches!(error, AdministerError::RelativePath(_)));
}

#[test]
fn a_backup_and_an_export_make_the_same_store_elsewhere() {
    for (form, action) in [(Form::Backup, AuditAction::Restore), (Form::Export, AuditAction::Import)] {
        let (first, bytes) = archived(form);
        let second = Place::new();
        second.bring_master_key(&first);
        let taken = second.take(form, &bytes).expect("taken in");
        assert_eq!(taken.kept_aside, None);
        assert_eq!(second.organizations(), ["acme", "other"]);
        second.settle(&[]);
        let event = second.last_event();
        assert_eq!((event.action, event.actor.as_deref()), (action, Some("command line, uid 1000")));
    }
}

#[test]
fn a_store_that_holds_something_is_replaced_only_on_demand_and_kept() {
    let (place, bytes) = archived(Form::Backup);
    place.settle(&["late"]);
    assert!(matches!(place.take(Form::Backup, &bytes), Err(TakeInError::Occupied(_))));
    assert_eq!(place.organizations(), ["acme", "late", "other"]);
    let wish = TakeIn { form: Form::Backup, force: true, new_signing_key: false, actor: ACTOR };
    let kept = place.take_as(&bytes, &wish).expect("taken in").kept_aside.expect("kept");
    assert_eq!(place.organizations(), ["acme", "other"]);
    assert!(kept.starts_with(&place.config.store.path) && kept.is_dir());
}

#[test]
fn a_damaged_backup_leaves_nothing_behind() {
    let (first, bytes) = archived(Form::Backup);
    let mut turned = bytes.clone();
    let middle = turned.len() / 2;
    turned[middle] ^= 1;
    for bad in [&bytes[..bytes.len() / 2], &turned, b"", b"not a backup\n"] {
        let second = Place::new();
        second.bring_master_key(&first);
        second.take(Form::Backup, bad).expect_err("refused");
        let names: Vec<_> =
            fs::read_dir(&second.config.store.path).expect("read").map(|e| e.expect("read").file_name()).collect();
        assert!(names.iter().all(|name| name == "master.key" || name == "lock"), "{names:?}");
    }
}

#[test]
fn signing_keys_need_their_master_key_or_are_left_out_on_demand() {
    let (_, bytes) = archived(Form::Backup);
    let second = Place::new();
    assert!(matches!(second.take(Form::Backup, &bytes), Err(TakeInError::NoMasterKey(_))));
    let third = Place::new();
    let stranger = Place::new();
    stranger.settle(&[]);
    third.bring_master_key(&stranger);
    assert!(matches!(third.take(Form::Backup, &bytes), Err(TakeInError::OtherMasterKey(_))));
    let wish = TakeIn { form: Form::Backup, force: false, new_signing_key: true, actor: ACTOR };
    for place in [second, third] {
        place.take_as(&bytes, &wish).expect("taken in");
        place.settle(&[]);
        assert_eq!(place.organizations(), ["acme", "other"]);
    }
}

#[test]
fn a_running_portero_is_not_disturbed() {
    let (place, bytes) = archived(Form::Backup);
    place.with(async |_| {
        let error = place.take(Form::Backup, &bytes).expect_err("held");
        let TakeInError::Other(cause) = error else { panic!("{error}") };
        assert!(matches!(cause.downcast_ref(), Some(StoreError::Held { .. })), "{cause}");
    });
    assert_eq!(place.organizations(), ["acme", "other"]);
}

#[test]
fn every_faulty_line_of_an_export_is_told_and_nothing_is_taken_in() {
    let (first, bytes) = archived(Form::Export);
    let text = String::from_utf8(bytes).expect("text");
    let second_line = text.lines().nth(1).expect("a line").to_owned();
    let text = text.replacen("Acme", "", 1) + "{}\n" + &second_line.replace("acme", "other") + "\n";
    let second = Place::new();
    second.bring_master_key(&first);
    let error = second.take(Form::Export, text.as_bytes()).expect_err("refused");
    let TakeInError::Lines { lines, more: false } = error else { panic!("{error}") };
    let end = text.lines().count() as u64;
    assert_eq!(lines.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, end - 1, end], "{lines:?}");
    assert!(second.organizations().is_empty());
}
