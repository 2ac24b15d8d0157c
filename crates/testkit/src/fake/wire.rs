//! The server's thread: accepts, hands requests to `answer`, and damages what leaves.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderName, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

use super::answer::{answer, put, text};
use super::fault::Fault;
use super::seen::Seen;
use super::state::Shared;

type Body = BoxBody<Bytes, io::Error>;

/// What the handle tells the thread; each is answered when it is done.
pub(super) enum Control {
    Down(std::sync::mpsc::Sender<()>),
    Up(std::sync::mpsc::Sender<()>),
}

/// Serves until the handle is gone.
pub(super) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut control: UnboundedReceiver<Control>,
) {
    let mut listener = Some(listener);
    // Bound but not listening: keeps the port ours while connections are refused.
    let mut parked: Option<TcpSocket> = None;
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(stream) = accept(listener.as_ref()) => {
                connections.spawn(connection(stream, Arc::clone(&shared)));
            }
            Some(_) = connections.join_next() => {}
            command = control.recv() => match command {
                None => return,
                Some(Control::Down(done)) => {
                    listener = None;
                    connections.shutdown().await;
                    parked = parked.or_else(|| Some(park(&shared)));
                    let _ = done.send(());
                }
                Some(Control::Up(done)) => {
                    if let Some(socket) = parked.take() {
                        listener = Some(socket.listen(1024).expect("the parked port can listen again"));
                    }
                    let _ = done.send(());
                }
            },
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> Option<TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.ok().map(|(stream, _)| stream),
        None => std::future::pending().await,
    }
}

fn park(shared: &Shared) -> TcpSocket {
    // A program that another test starts at this moment holds every socket from its fork to its exec, the listener
    // that was closed here among them.
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("SO_REUSEADDR");
        match socket.bind(shared.address) {
            Ok(()) => return socket,
            Err(error) => assert!(Instant::now() < end, "the port that was ours a moment ago: {error}"),
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let cut = Arc::new(Cut::default());
    let io = TokioIo::new(Cuttable { stream, cut: Arc::clone(&cut) });
    let service = service_fn(move |request| respond(request, Arc::clone(&shared), Arc::clone(&cut)));
    // A client that goes away and a fault that cuts the connection are both nothing to report.
    let _ = http1::Builder::new().max_buf_size(4 << 20).serve_connection(io, service).await;
}

async fn respond(
    request: Request<hyper::body::Incoming>,
    shared: Arc<Shared>,
    cut: Arc<Cut>,
) -> io::Result<Response<Body>> {
    let path = request.uri().path().to_owned();
    let seen = Seen {
        method: request.method().to_string(),
        path: path.clone(),
        query: request.uri().query().unwrap_or("").to_owned(),
        headers: request.headers().clone(),
    };
    shared.seen.change(|all| all.push(seen));
    shared.pass_gates(&path).await;
    let (fault, response) = {
        let mut state = shared.state();
        let fault = state.strike(&path);
        let lie = if let Some(Fault::Lie(lie)) = fault { Some(lie) } else { None };
        (fault, answer(&state, &shared.base(), &request, lie))
    };
    match fault {
        None | Some(Fault::Lie(_)) => Ok(response.map(whole)),
        Some(fault) => damaged(response, fault, cut),
    }
}

fn whole(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never: Infallible| match never {}).boxed()
}

fn damaged(mut response: Response<Bytes>, fault: Fault, cut: Arc<Cut>) -> io::Result<Response<Body>> {
    let status = |code| StatusCode::from_u16(code).expect("a status of three digits");
    let replaced = match fault {
        Fault::Status(code) => text(status(code), "fault"),
        Fault::RetryAfter(code, seconds) => {
            let mut response = text(status(code), "fault");
            put(&mut response, RETRY_AFTER, &seconds.to_string());
            response
        }
        Fault::Redirect(url) => {
            let mut response = text(StatusCode::FOUND, "fault");
            put(&mut response, LOCATION, &url);
            response
        }
        Fault::Answer(content_type, body) => {
            let mut response = Response::new(body);
            put(&mut response, CONTENT_TYPE, content_type);
            response
        }
        Fault::WrongContentType(content_type) => {
            put(&mut response, CONTENT_TYPE, content_type);
            response
        }
        Fault::HugeHeader(bytes) => {
            put(&mut response, HeaderName::from_static("x-padding"), &"a".repeat(bytes));
            response
        }
        Fault::WrongBytes => response.map(|body| {
            let mut wrong = body.to_vec();
            wrong.iter_mut().rev().take(9).for_each(|byte| *byte ^= 0x55);
            wrong.into()
        }),
        Fault::Hangup => return Err(io::Error::other("fault: hangup")),
        _ => return Ok(scripted(response, &fault, cut)),
    };
    Ok(replaced.map(whole))
}

/// Faults that need control over when the body's bytes leave.
fn scripted(mut response: Response<Bytes>, fault: &Fault, cut: Arc<Cut>) -> Response<Body> {
    let total = response.body().len();
    if !matches!(fault, Fault::Endless) {
        put(&mut response, CONTENT_LENGTH, &total.to_string());
    }
    let body = response.body().clone();
    let first = |bytes: usize| body.slice(..bytes.min(total));
    let frames: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send + Sync>> = match *fault {
        Fault::Reset(bytes) | Fault::Truncated(bytes) => {
            let reset = matches!(fault, Fault::Reset(_));
            let end = async move {
                cut.flushed.notified().await;
                cut.reset.store(reset, Ordering::Relaxed);
                Err(io::Error::other("fault: cut"))
            };
            Box::pin(ready(first(bytes)).chain(stream::once(end)))
        }
        Fault::Stalled(bytes) => Box::pin(ready(first(bytes)).chain(stream::pending())),
        Fault::Drip(bytes, pause) => Box::pin(drip(body.clone(), bytes.max(1), pause)),
        _ => {
            let zeros = Bytes::from(vec![0; 65_536]);
            Box::pin(ready(body.clone()).chain(stream::repeat_with(move || Ok(zeros.clone()))))
        }
    };
    response.map(|_| BodyExt::boxed(StreamBody::new(frames.map(|frame| frame.map(Frame::data)))))
}

fn ready(bytes: Bytes) -> impl Stream<Item = io::Result<Bytes>> {
    stream::iter((!bytes.is_empty()).then_some(Ok(bytes)))
}

fn drip(body: Bytes, bytes: usize, pause: Duration) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let drop = rest.split_to(bytes.min(rest.len()));
        Some((Ok(drop), rest))
    })
}

/// How a connection's body tells its stream what to do.
#[derive(Debug, Default)]
struct Cut {
    /// Close with RST instead of FIN.
    reset: AtomicBool,
    /// Told each time that all bytes so far have left.
    flushed: Notify,
}

struct Cuttable {
    stream: TcpStream,
    cut: Arc<Cut>,
}

impl Drop for Cuttable {
    fn drop(&mut self) {
        if self.cut.reset.load(Ordering::Relaxed) {
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Cuttable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Cuttable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_flush(context);
        if done.is_ready() {
            self.cut.flushed.notify_waiters();
        }
        done
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.cut.reset.load(Ordering::Relaxed) {
            // A FIN now would make the reset look like an ordinary end.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
