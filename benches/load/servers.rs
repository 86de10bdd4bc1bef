//! The servers that the measurement brings along, each a process of its own: the upstream, and a proxy that is hyper and nothing
//! else.

use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::rc::Rc;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self as client, SendRequest};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::Failure;
use crate::process::Process;

/// What the upstream says.
const ANSWER: &str = "A small answer, as an application gives many of: sixty-four bytes.\n";

/// Which server.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Kind {
    /// Gives a constant answer; to an authenticator's question, 204; to `…/head`, the head it was sent.
    Upstream,
    /// Passes on.
    BareProxy,
}

/// Starts a server as a process; says which port it took.
pub(crate) fn start(kind: Kind, upstream: u16) -> Result<(Process, u16), Failure> {
    let name = match kind {
        Kind::Upstream => "upstream",
        Kind::BareProxy => "bare-proxy",
    };
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--serve", name, "--upstream", &upstream.to_string()]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().ok_or("no output")?;
    let process = Process::of(child);
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    Ok((process, line.trim().parse()?))
}

/// Is a server, until it is ended.
pub(crate) fn serve(kind: Kind, upstream: u16) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tasks = tokio::task::LocalSet::new();
    tasks.block_on(&runtime, async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("{}", listener.local_addr()?.port());
        let pool = Rc::new(RefCell::new(Vec::new()));
        loop {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            let pool = Rc::clone(&pool);
            tokio::task::spawn_local(async move {
                let socket = TokioIo::new(socket);
                // A connection that breaks has somebody at its other end who says so.
                let _ = match kind {
                    Kind::Upstream => http1::Builder::new().serve_connection(socket, service_fn(answer)).await,
                    Kind::BareProxy => {
                        let pass = service_fn(move |request| pass(Rc::clone(&pool), upstream, request));
                        http1::Builder::new().serve_connection(socket, pass).await
                    }
                };
            });
        }
    })
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Failure> {
    let mut response = match request.uri().path() {
        "/auth" => Response::new(Full::default()),
        path if path.ends_with("/head") => Response::new(Full::from(format!("{:?}", request.headers()))),
        _ => Response::new(Full::from(ANSWER)),
    };
    if request.uri().path() == "/auth" {
        *response.status_mut() = StatusCode::NO_CONTENT;
    } else {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    }
    Ok(response)
}

type Idle = Rc<RefCell<Vec<SendRequest<Incoming>>>>;

async fn pass(pool: Idle, upstream: u16, mut request: Request<Incoming>) -> Result<Response<Passed>, Failure> {
    let kept = pool.borrow_mut().pop();
    let mut sender = match kept {
        Some(sender) if sender.is_ready() => sender,
        _ => connect(upstream).await?,
    };
    request.headers_mut().remove(CONNECTION);
    request.headers_mut().insert(HOST, HeaderValue::from_static("app"));
    let mut response = sender.send_request(request).await?;
    response.headers_mut().remove(CONNECTION);
    Ok(response.map(|body| Passed { body, lease: Some((sender, pool)) }))
}

async fn connect(upstream: u16) -> Result<SendRequest<Incoming>, Failure> {
    let socket = TcpStream::connect(("127.0.0.1", upstream)).await?;
    socket.set_nodelay(true)?;
    let (sender, connection) = client::handshake(TokioIo::new(socket)).await?;
    tokio::task::spawn_local(connection);
    Ok(sender)
}

/// An answer that gives its connection back when it ends.
struct Passed {
    body: Incoming,
    lease: Option<(SendRequest<Incoming>, Idle)>,
}

impl hyper::body::Body for Passed {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, hyper::Error>>> {
        let polled = std::pin::Pin::new(&mut self.body).poll_frame(cx);
        if self.body.is_end_stream()
            && let Some((sender, pool)) = self.lease.take()
        {
            pool.borrow_mut().push(sender);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}
