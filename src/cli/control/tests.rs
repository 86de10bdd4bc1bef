//! The socket carries out what is asked, says what came of it, lets nobody else in, and outlives dead processes and garbage.

use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::server::serve_within;
use super::*;
use crate::domain::audit::AuditReason;
use crate::flows::administer::testing::{House, TEMPORARY, named, organization, user};
use crate::flows::administer::{Request, UserPage};

/// Small enough to be met in a test.
const TIGHT: Limits = Limits { request: 1024, connections: 2, ..Limits::STANDARD };

/// A house with a control socket.
struct Served {
    house: House,
    folder: TempDir,
    shutdown: CancellationToken,
    server: JoinHandle<()>,
}

impl Served {
    async fn within(limits: Limits) -> Self {
        let (house, folder) = (House::with_ana().await, TempDir::new().expect("a folder"));
        let socket = ControlSocket::bind(folder.path()).expect("bound");
        let shutdown = CancellationToken::new();
        let administrator = Arc::clone(&house.administrator);
        let server = tokio::spawn(serve_within(socket, administrator, shutdown.clone(), limits));
        Self { house, folder, shutdown, server }
    }

    async fn client(&self) -> Client {
        connect(self.folder.path()).await
    }

    async fn raw(&self) -> UnixStream {
        UnixStream::connect(self.folder.path().join(SOCKET_NAME)).await.expect("connected")
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.server.await.expect("no panic");
    }
}

async fn connect(folder: &Path) -> Client {
    Client::connect(folder).await.expect("reached").expect("somebody listens")
}

/// Sends `bytes`, then reads everything until the other side closes.
async fn converse(mut stream: UnixStream, bytes: &[u8], then_end: bool) -> Vec<serde_json::Value> {
    // A server that has read enough closes; what it said is what counts.
    let _cut_off = stream.write_all(bytes).await;
    if then_end {
        stream.shutdown().await.expect("ended");
    }
    let mut answered = Vec::new();
    let _reset = stream.read_to_end(&mut answered).await;
    let lines = answered.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).expect("JSON")).collect()
}

fn code(reply: &serde_json::Value) -> &str {
    reply["reply"]["error"]["code"].as_str().unwrap_or("ok")
}

#[tokio::test]
async fn requests_are_carried_out_one_after_the_other_and_refused_with_their_code() {
    let served = Served::within(Limits::STANDARD).await;
    let mut client = served.client().await;
    let Answer::UserAdded { temporary_password: Some(told), .. } =
        client.ask(&Request::AddUser(Box::new(user("acme/beto")))).await.expect("answered").expect("added")
    else {
        panic!("a temporary password");
    };
    assert_eq!(secrecy::ExposeSecret::expose_secret(&told), TEMPORARY);
    let refusal = client.ask(&Request::ShowUser(named("acme/nobody"))).await.expect("answered").expect_err("refused");
    assert_eq!(refusal.code, "unknown_user");
    assert!(refusal.message.contains("acme/nobody"), "{}", refusal.message);
    let last = served.house.memory.state().events.last().cloned().expect("an event");
    assert_eq!(last.reason, AuditReason::Ok);
    served.stop().await;
}

#[tokio::test]
async fn the_socket_is_private_and_nothing_else_is_left_in_the_folder() {
    let served = Served::within(Limits::STANDARD).await;
    let meta = std::fs::metadata(served.folder.path().join(SOCKET_NAME)).expect("it is there");
    assert!(meta.file_type().is_socket());
    assert_eq!(meta.permissions().mode() & 0o777, 0o600);
    let names: Vec<_> =
        std::fs::read_dir(served.folder.path()).expect("read").map(|e| e.expect("read").file_name()).collect();
    assert_eq!(names, [SOCKET_NAME]);
    served.stop().await;
}

#[tokio::test]
async fn the_socket_goes_away_at_shutdown_and_resting_connections_are_closed() {
    let served = Served::within(Limits::STANDARD).await;
    let mut resting = served.raw().await;
    let mut client = served.client().await;
    client.ask(&Request::ListKeys).await.expect("answered").expect("listed");
    let (path, folder) = (served.folder.path().join(SOCKET_NAME), served.folder.path().to_owned());
    served.shutdown.cancel();
    served.server.await.expect("no panic");
    assert!(!path.exists());
    assert_eq!(resting.read(&mut [0; 1]).await.expect("closed"), 0);
    assert!(matches!(client.ask(&Request::ListKeys).await, Err(ControlError::Closed | ControlError::Io(_))));
    assert!(Client::connect(&folder).await.expect("no error").is_none());
}

#[tokio::test]
async fn what_a_dead_process_left_behind_is_replaced() {
    let folder = TempDir::new().expect("a folder");
    drop(std::os::unix::net::UnixListener::bind(folder.path().join(SOCKET_NAME)).expect("bound"));
    std::fs::create_dir(folder.path().join(".control.new")).expect("made");
    std::fs::write(folder.path().join(".control.new").join(SOCKET_NAME), "").expect("written");
    assert!(Client::connect(folder.path()).await.expect("no error").is_none(), "nobody listens at a stale socket");
    let socket = ControlSocket::bind(folder.path()).expect("bound");
    let shutdown = CancellationToken::new();
    let server = tokio::spawn(serve(socket, House::with_ana().await.administrator, shutdown.clone()));
    connect(folder.path()).await.ask(&Request::ListKeys).await.expect("answered").expect("listed");
    shutdown.cancel();
    server.await.expect("no panic");
}

#[tokio::test]
async fn a_folder_that_is_not_there_has_no_listener_and_can_have_none() {
    let folder = TempDir::new().expect("a folder");
    let missing = folder.path().join("missing");
    assert!(Client::connect(&missing).await.expect("no error").is_none());
    assert!(matches!(ControlSocket::bind(&missing), Err(ControlError::Bind { .. })));
}

#[tokio::test]
async fn a_path_longer_than_an_address_is_reached_through_its_folder() {
    let root = TempDir::new().expect("a folder");
    let folder = root.path().join("deep".repeat(20)).join("deeper".repeat(20));
    std::fs::create_dir_all(&folder).expect("made");
    let socket = ControlSocket::bind(&folder).expect("bound");
    let shutdown = CancellationToken::new();
    let server = tokio::spawn(serve(socket, House::with_ana().await.administrator, shutdown.clone()));
    connect(&folder).await.ask(&Request::ListKeys).await.expect("answered").expect("listed");
    shutdown.cancel();
    server.await.expect("no panic");
    assert!(!folder.join(SOCKET_NAME).exists());
}

#[tokio::test]
async fn garbage_is_refused_and_the_next_request_is_heard() {
    let served = Served::within(Limits::STANDARD).await;
    let lines = [
        &b"hello\n"[..],
        b"\n",
        b"\xff\xfe\x00\n",
        b"{\"version\":1}\n",
        b"{\"version\":1,\"request\":{\"fly\":null}}\n",
        b"{\"version\":1,\"request\":{\"show_user\":\"ana\"}}\n",
        b"{\"version\":1,\"request\":\"list_keys\",\"uid\":0}\n",
        b"{\"version\":99,\"something\":\"else\"}\n",
        b"{\"version\":1,\"request\":\"list_keys\"}\n",
    ];
    let replies = converse(served.raw().await, &lines.concat(), true).await;
    let codes: Vec<&str> = replies.iter().map(code).collect();
    let mut expected = vec!["malformed"; 7];
    expected.extend(["version", "ok"]);
    assert_eq!(codes, expected);
    assert_eq!(served.house.memory.state().events.len(), 0);
    served.stop().await;
}

#[tokio::test]
async fn a_half_line_is_refused_and_not_carried_out() {
    let served = Served::within(Limits::STANDARD).await;
    let half = b"{\"version\":1,\"request\":{\"deactivate\":\"acme/ana\"}}";
    let replies = converse(served.raw().await, half, true).await;
    assert_eq!(replies.iter().map(code).collect::<Vec<_>>(), ["malformed"]);
    assert_eq!(served.house.memory.state().events.len(), 0);
    served.stop().await;
}

#[tokio::test]
async fn a_line_that_does_not_end_is_given_up() {
    let served = Served::within(Limits { line: Duration::from_millis(20), ..Limits::STANDARD }).await;
    let replies = converse(served.raw().await, b"{\"version\":1,", false).await;
    assert_eq!(replies.iter().map(code).collect::<Vec<_>>(), ["timed_out"]);
    served.stop().await;
}

#[tokio::test]
async fn a_line_that_is_too_long_is_given_up() {
    let served = Served::within(TIGHT).await;
    for bytes in [TIGHT.request + 1, 1_000_000] {
        let replies = converse(served.raw().await, &vec![b'x'; bytes], false).await;
        assert_eq!(replies.iter().map(code).collect::<Vec<_>>(), ["too_large"]);
    }
    let mut exact = b"{\"version\":1,\"request\":\"list_keys\"}".to_vec();
    exact.resize(TIGHT.request - 1, b' ');
    exact.push(b'\n');
    let replies = converse(served.raw().await, &exact, true).await;
    assert_eq!(replies.iter().map(code).collect::<Vec<_>>(), ["ok"]);
    served.stop().await;
}

#[tokio::test]
async fn a_request_that_is_too_large_is_not_even_sent() {
    let served = Served::within(Limits::STANDARD).await;
    let groups = (0..8000).map(|n| format!("{n:064}").parse().expect("a group")).collect();
    let new = crate::flows::administer::NewUser { groups, ..user("acme/beto") };
    let mut client = served.client().await;
    assert!(matches!(client.ask(&Request::AddUser(Box::new(new))).await, Err(ControlError::TooLarge)));
    served.stop().await;
}

#[tokio::test]
async fn many_clients_are_served_at_once_and_each_hears_its_own_answer() {
    let served = Served::within(Limits::STANDARD).await;
    let asking: Vec<_> = (0..50)
        .map(|n| {
            let folder = served.folder.path().to_owned();
            tokio::spawn(async move {
                let request = Request::AddOrganization(organization(&format!("org{n}"), None));
                let answer = connect(&folder).await.ask(&request).await.expect("answered").expect("added");
                let Answer::Organization(added) = answer else { panic!("an organization") };
                assert_eq!(added.key.as_str(), format!("org{n}"));
            })
        })
        .collect();
    for asked in asking {
        asked.await.expect("no panic");
    }
    assert_eq!(served.house.memory.state().organizations.len(), 51);
    served.stop().await;
}

#[tokio::test]
async fn of_many_who_take_one_name_one_gets_it() {
    let served = Served::within(Limits::STANDARD).await;
    let asking: Vec<_> = (0..16)
        .map(|_| {
            let folder = served.folder.path().to_owned();
            tokio::spawn(async move {
                let request = Request::AddUser(Box::new(user("acme/beto")));
                connect(&folder)
                    .await
                    .ask(&request)
                    .await
                    .expect("answered")
                    .map(|_| ())
                    .map_err(|refusal| refusal.code)
            })
        })
        .collect();
    let mut added = 0;
    for asked in asking {
        match asked.await.expect("no panic") {
            Ok(()) => added += 1,
            Err(code) => assert_eq!(code, "username_taken"),
        }
    }
    assert_eq!(added, 1);
    served.stop().await;
}

#[tokio::test]
async fn clients_past_the_limit_wait_their_turn() {
    let served = Served::within(TIGHT).await;
    let (first, second) = (served.raw().await, served.raw().await);
    let page = UserPage { organization: None, after: None, limit: 10 };
    let mut third = served.client().await;
    let waiting = tokio::spawn(async move { third.ask(&Request::ListUsers(page)).await });
    let mut second = BufReader::new(second);
    second.get_mut().write_all(b"{\"version\":1,\"request\":\"list_keys\"}\n").await.expect("sent");
    second.read_line(&mut String::new()).await.expect("answered");
    assert!(!waiting.is_finished(), "two connections are all there may be");
    drop(first);
    waiting.await.expect("no panic").expect("answered").expect("listed");
    served.stop().await;
}

#[tokio::test]
async fn a_server_of_another_version_is_told_apart() {
    let folder = TempDir::new().expect("a folder");
    let listener = tokio::net::UnixListener::bind(folder.path().join(SOCKET_NAME)).expect("bound");
    let server = tokio::spawn(async move {
        for reply in [&b"{\"version\":2,\"new\":[]}\n"[..], b"nonsense\n", b""] {
            let (mut stream, _) = listener.accept().await.expect("accepted");
            stream.write_all(reply).await.expect("sent");
            BufReader::new(&mut stream).read_line(&mut String::new()).await.expect("read");
        }
    });
    let ask = async || connect(folder.path()).await.ask(&Request::ListKeys).await.expect_err("no answer");
    assert!(matches!(ask().await, ControlError::Version { theirs: 2 }));
    assert!(matches!(ask().await, ControlError::Malformed(_)));
    assert!(matches!(ask().await, ControlError::Closed));
    server.await.expect("no panic");
}
