//! What is remembered of a request: counters always, a line in the log if asked for.
//!
//! A [`Record`] goes along with its request. Dropped before an answer, it tells that the client went away. A line is written when the
//! answer's body is sent or given up, so that it knows the bytes and the whole time; only then is the body wrapped.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::config::ApplicationConfig;
use crate::domain::names::ApplicationId;
use crate::domain::person::Person;
use crate::metrics::{AnsweredBy, Ending, Tally, Worker};
use crate::proxy::ProxyError;
use crate::wire::body::{Body, BoxError};
use crate::wire::request_id::RequestId;

/// Longer paths are cut in the log.
const LONGEST_PATH: usize = 2048;

/// A request on its way.
pub(super) struct Record<'a> {
    worker: &'a Worker,
    began: Instant,
    application: Option<Arc<Tally>>,
    by: AnsweredBy,
    /// When it was handed to the application, and how long that took.
    forwarded: Option<Instant>,
    upstream: Option<Duration>,
    line: Option<Box<Line>>,
    over: bool,
}

/// What a line tells.
#[derive(Debug)]
pub(super) struct Line {
    request_id: RequestId,
    client: IpAddr,
    method: Method,
    host: String,
    path: String,
    application: Option<ApplicationId>,
    person: Option<Arc<Person>>,
}

impl Line {
    /// A line about `request`. Its query is left out.
    pub(super) fn new<B>(request_id: &RequestId, client: IpAddr, request: &Request<B>) -> Box<Self> {
        Box::new(Self {
            request_id: request_id.clone(),
            client,
            method: request.method().clone(),
            host: String::new(),
            path: request.uri().path().chars().take(LONGEST_PATH).collect(),
            application: None,
            person: None,
        })
    }
}

impl<'a> Record<'a> {
    /// A request arrives. `line` asks for one.
    pub(super) fn begin(worker: &'a Worker, line: Option<Box<Line>>) -> Self {
        Self {
            worker,
            began: Instant::now(),
            application: None,
            by: AnsweredBy::Portero,
            forwarded: None,
            upstream: None,
            line,
            over: false,
        }
    }

    /// It could be read: what it asks for.
    pub(super) fn asks_for(&mut self, host: &str, path: &str) {
        if let Some(line) = &mut self.line {
            host.clone_into(&mut line.host);
            line.path = path.chars().take(LONGEST_PATH).collect();
        }
    }

    /// It is meant for an application.
    pub(super) fn is_for(&mut self, application: &ApplicationConfig) {
        self.application = Some(self.worker.application(&application.id));
        if let Some(line) = &mut self.line {
            line.application = Some(application.id.clone());
        }
    }

    /// Somebody is signed in, or nobody.
    pub(super) fn comes_from(&mut self, person: Option<&Arc<Person>>) {
        if let Some(line) = &mut self.line {
            line.person = person.map(Arc::clone);
        }
    }

    /// It is handed to the application.
    pub(super) fn forwarded(&mut self) {
        self.forwarded = Some(Instant::now());
        self.by = AnsweredBy::Application;
    }

    /// The application answered.
    pub(super) fn answered(&mut self) {
        self.took();
    }

    /// There is no answer of the application's. Where the request could not be sent whole, which is not its fault, its time says
    /// nothing.
    pub(super) fn failed(&mut self, error: &ProxyError) {
        self.by = AnsweredBy::Portero;
        if error.is_upstream() {
            self.took();
            self.tally().upstream_failed(error.code());
        } else {
            self.forwarded = None;
        }
    }

    /// The answer's head is there.
    pub(super) fn end(mut self, response: Response<Body>) -> Response<Body> {
        let status = response.status();
        let gate = self.count(Ending::of(status.as_u16()));
        let Some(line) = self.line.take() else { return response };
        let bodiless = line.method == Method::HEAD || status == StatusCode::SWITCHING_PROTOCOLS;
        let (began, upstream) = (self.began, self.upstream);
        let times = Times { began, gate, upstream };
        response.map(|body| {
            let told = Told { line, status, times, by: self.by, sent: 0, whole: bodiless || body.is_end_stream() };
            Body::stream(Logged { body, told })
        })
    }

    fn tally(&self) -> &Tally {
        self.application.as_deref().unwrap_or_else(|| self.worker.own())
    }

    fn took(&mut self) {
        self.upstream = self.forwarded.map(|at| at.elapsed());
        if let Some(took) = self.upstream {
            self.tally().upstream(took);
        }
    }

    /// Counts it, and gives back how long it was with us.
    fn count(&mut self, ending: Ending) -> Duration {
        self.over = true;
        let gate = self.forwarded.map_or_else(|| self.began.elapsed(), |at| at.duration_since(self.began));
        self.tally().request(self.by, ending, gate);
        gate
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        // A handler that panics is answered for with 500 by the connection.
        let panicked = std::thread::panicking();
        if panicked {
            self.by = AnsweredBy::Portero;
        } else if self.upstream.is_none() {
            self.took();
        }
        let gate = self.count(if panicked { Ending::ServerError } else { Ending::Gone });
        if let Some(line) = self.line.take() {
            let times = Times { began: self.began, gate, upstream: self.upstream };
            line.write(panicked.then_some(StatusCode::INTERNAL_SERVER_ERROR), self.by, &times, 0, false);
        }
    }
}

#[derive(Debug)]
struct Times {
    began: Instant,
    gate: Duration,
    upstream: Option<Duration>,
}

impl Line {
    /// Text from outside goes in as text, never as a format: the log escapes it.
    fn write(&self, status: Option<StatusCode>, by: AnsweredBy, times: &Times, bytes: u64, complete: bool) {
        let person = self.person.as_deref();
        tracing::info!(
            target: "access",
            request_id = self.request_id.as_str(),
            client = %self.client,
            method = self.method.as_str(),
            host = self.host,
            path = self.path,
            status = status.map(|status| status.as_u16()),
            by = by.code(),
            bytes,
            complete,
            application = self.application.as_ref().map(ApplicationId::as_str),
            organization = person.map(|person| person.organization.as_str()),
            username = person.map(|person| person.username.as_str()),
            total_ms = millis(times.began.elapsed()),
            gate_ms = millis(times.gate),
            upstream_ms = times.upstream.map(millis),
        );
    }
}

/// To the microsecond.
fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// A body whose end writes a line.
struct Logged {
    body: Body,
    told: Told,
}

/// Writes its line when it is dropped: with the last byte, or when the rest is given up.
struct Told {
    line: Box<Line>,
    status: StatusCode,
    times: Times,
    by: AnsweredBy,
    sent: u64,
    whole: bool,
}

impl Drop for Told {
    fn drop(&mut self) {
        self.line.write(Some(self.status), self.by, &self.times, self.sent, self.whole);
    }
}

impl HttpBody for Logged {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                self.told.sent += u64::try_from(length).unwrap_or(u64::MAX);
                self.told.whole |= self.body.is_end_stream();
            }
            Poll::Ready(None) => self.told.whole = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
