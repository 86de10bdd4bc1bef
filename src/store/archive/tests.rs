//! An archive is read back as it was written, or refused with what is wrong with it.

use super::*;
use crate::domain::audit::{AuditAction, AuditReason};

fn record(second: i64) -> Record {
    Record::AuditEvent(AuditEvent {
        at: Timestamp::from_second(second).expect("in range"),
        action: AuditAction::SignIn,
        reason: AuditReason::Ok,
        address: None,
        organization: None,
        username: Some("ana".to_owned()),
        user: None,
        session: None,
        actor: None,
        mailbox: None,
        note: None,
    })
}

fn written(form: Form) -> Vec<u8> {
    let heading = Heading::new(form, Timestamp::UNIX_EPOCH);
    let mut writer = Writer::new(Vec::new(), heading).expect("written");
    for second in 0..3 {
        writer.record(&record(second)).expect("written");
    }
    let (bytes, records, length) = writer.finish().expect("written");
    assert_eq!((records, length), (3, bytes.len() as u64));
    bytes
}

fn read(bytes: &[u8], form: Form) -> Result<Vec<Line>, ArchiveError> {
    let mut reader = Reader::new(bytes, form)?;
    let mut lines = Vec::new();
    while let Some(line) = reader.next_line()? {
        lines.push(line);
    }
    Ok(lines)
}

#[test]
fn what_was_written_is_read_back_in_order() {
    for form in [Form::Backup, Form::Export] {
        let lines = read(&written(form), form).expect("whole");
        assert_eq!(lines, (0..3).map(|n| (n as u64 + 2, Ok(record(n)))).collect::<Vec<_>>());
    }
}

#[test]
fn a_backup_that_is_cut_off_anywhere_is_refused() {
    let whole = written(Form::Backup);
    for length in 0..whole.len() {
        read(&whole[..length], Form::Backup).expect_err("cut off");
    }
    let lines = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    for at in lines.take(4) {
        let error = read(&whole[..at], Form::Backup).expect_err("cut off");
        assert!(matches!(error, ArchiveError::Truncated { .. }), "{error}");
    }
}

#[test]
fn a_backup_with_one_bit_turned_anywhere_is_refused() {
    let whole = written(Form::Backup);
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << bit;
            assert!(read(&damaged, Form::Backup).is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn what_follows_the_end_is_refused() {
    let mut longer = written(Form::Backup);
    longer.extend_from_slice(b"\n");
    assert!(matches!(read(&longer, Form::Backup), Err(ArchiveError::Damaged { .. })));
}

#[test]
fn the_other_form_a_newer_one_and_no_archive_at_all_are_told_apart() {
    let backup = written(Form::Backup);
    let error = read(&backup, Form::Export).expect_err("a backup");
    assert!(matches!(error, ArchiveError::WrongForm(Form::Backup)) && error.to_string().contains("portero restore"));
    let error = read(&written(Form::Export), Form::Backup).expect_err("an export");
    assert!(matches!(error, ArchiveError::WrongForm(Form::Export)) && error.to_string().contains("portero import"));
    for (now, newer) in [(r#""format":1"#, r#""format":2"#), (r#""schema":2"#, r#""schema":9"#)] {
        let text = String::from_utf8(backup.clone()).expect("text").replacen(now, newer, 1);
        assert!(matches!(read(text.as_bytes(), Form::Backup), Err(ArchiveError::TooNew { .. })));
    }
    for other in [&b""[..], b"\n", b"{}\n", b"SQLite format 3", b"\xff\xfe"] {
        assert!(matches!(read(other, Form::Backup), Err(ArchiveError::Other(Form::Backup))));
    }
}

#[test]
fn the_faulty_lines_of_an_export_are_told_by_number_and_the_others_are_read() {
    let text = String::from_utf8(written(Form::Export)).expect("text");
    let text = text.replacen("\"ok\"", "\"well\"", 1) + "\n{\"kind\":\"cat\",\"record\":{}}\n";
    let lines = read(text.as_bytes(), Form::Export).expect("read");
    let faulty: Vec<u64> = lines.iter().filter(|(_, line)| line.is_err()).map(|(number, _)| *number).collect();
    assert_eq!(faulty, [2, 6], "{lines:?}");
    let told = lines[0].1.clone().expect_err("faulty");
    assert!(told.contains("`well`") && told.contains("(column "), "{told}");
}
