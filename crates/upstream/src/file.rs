use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, HeaderMap,
    HeaderValue, RANGE,
};
use reqwest::{Method, Response};
use tokio::sync::OwnedSemaphorePermit;
use url::Url;

use crate::attempt::{Answer, Outcome, Question, status_failure};
use crate::body::{Patience, collect};
use crate::document::header;
use crate::{ByteRange, ContentRange, Failure, SafeUrl, UpstreamClient, UpstreamError, Validators};

/// A file's bytes as they arrive. After an error it ends.
pub type FileStream = BoxStream<'static, Result<Bytes, UpstreamError>>;

/// A file whose headers are there.
pub struct FileReply {
    /// 200, or 206 when a range was asked for and given.
    pub status: u16,
    /// How many bytes the stream will give; `None` when the server did not say. Fewer are an error of the stream.
    pub size: Option<u64>,
    /// Which bytes they are, with 206.
    pub range: Option<ContentRange>,
    /// What the server says about this version of the file.
    pub validators: Validators,
    /// Where it came from after redirects, without userinfo.
    pub final_url: Url,
    /// The bytes, never decoded. Drop it to stop the transfer.
    pub stream: FileStream,
}

/// What a server says about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadReply {
    /// `Content-Length`.
    pub size: Option<u64>,
    /// Whether it says that it gives ranges (`Accept-Ranges: bytes`). Some do without saying so.
    pub accepts_ranges: bool,
    /// What it says about this version of the file.
    pub validators: Validators,
    /// Where the file is after redirects, without userinfo.
    pub final_url: Url,
}

/// Some bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeReply {
    /// The bytes: those that were asked for, or the whole file.
    pub bytes: Bytes,
    /// The place of the first of them in the file.
    pub offset: u64,
    /// The file's size, if the server knows it.
    pub total_size: Option<u64>,
    /// The server does not give ranges and sent the whole file.
    pub whole: bool,
    /// To see that two ranges are of the same version of the file.
    pub validators: Validators,
}

impl UpstreamClient {
    /// A file, or a range of it, as a stream. Another status than 200 and 206 is [`Failure::Status`].
    ///
    /// Asked again only until its headers are there. The stream ends with an error when the server breaks off, drips slower than
    /// the idle limit, or sends more than [`crate::UpstreamConfig::file_bytes`]. Its bytes are not checked against any hash.
    pub async fn file(&self, url: &SafeUrl, range: Option<&ByteRange>) -> Result<FileReply, UpstreamError> {
        let question = self.file_question(Method::GET, url, range)?;
        let limit = self.inner.config.file_bytes;
        let read = |answer: Answer| async move {
            let given = check_range(&answer.response, range)?;
            let size = length(&answer.response);
            if size.is_some_and(|size| size > limit) {
                return Err(Failure::TooLarge { limit });
            }
            Ok((answer, given, size))
        };
        let Outcome { value: (answer, range, size), attempts } =
            self.inner.ask(&self.inner.files, &question, read).await?;
        let Answer { response, url: final_url, turn } = answer;
        let (status, validators) = (response.status().as_u16(), Validators::of(&response));
        let patience = Patience { idle: self.inner.config.idle_timeout, whole: None };
        let body =
            Body { client: self.clone(), question, attempts, response, patience, size, read: 0, limit, turn };
        let stream = stream::unfold(Some(body), |body| async { body?.step().await }).boxed();
        Ok(FileReply { status, size, range, validators, final_url, stream })
    }

    /// What the server says about a file, without the file.
    pub async fn head(&self, url: &SafeUrl) -> Result<HeadReply, UpstreamError> {
        let question = self.file_question(Method::HEAD, url, None)?;
        let read = |Answer { response, url, .. }: Answer| async move {
            if response.status().as_u16() != 200 {
                return Err(status_failure(&response));
            }
            Ok(HeadReply {
                size: length(&response),
                accepts_ranges: header(&response, ACCEPT_RANGES).is_some_and(|value| value.trim() == "bytes"),
                validators: Validators::of(&response),
                final_url: url,
            })
        };
        Ok(self.inner.ask(&self.inner.files, &question, read).await?.value)
    }

    /// Some bytes of a file, at most `limit`, in memory.
    ///
    /// A server without ranges sends the whole file: it is taken if it has at most `limit` bytes, else the error is
    /// [`Failure::TooLarge`], after the headers if they tell the size. A range beyond the file's end is
    /// [`Failure::Status`] 416.
    pub async fn get_range(
        &self,
        url: &SafeUrl,
        range: &ByteRange,
        limit: u64,
    ) -> Result<RangeReply, UpstreamError> {
        let question = self.file_question(Method::GET, url, Some(range))?;
        let patience = self.patience(&question);
        let read = |Answer { response, turn, .. }: Answer| async move {
            // Held while the body is read.
            let _turn = turn;
            let given = check_range(&response, Some(range))?;
            // Places in a compressed file are not places in the file.
            if header(&response, CONTENT_ENCODING)
                .is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity"))
            {
                return Err(Failure::BadReply {
                    reason: "it compressed a file that was asked for as it is".to_owned(),
                });
            }
            let validators = Validators::of(&response);
            if given.as_ref().is_some_and(|given| given.length() > limit) {
                return Err(Failure::TooLarge { limit });
            }
            let bytes = collect(response, limit, patience).await?;
            let length = bytes.len() as u64;
            Ok(match given {
                None => RangeReply { bytes, offset: 0, total_size: Some(length), whole: true, validators },
                Some(given) if given.length() == length => {
                    let offset = given.bytes.start;
                    RangeReply { bytes, offset, total_size: given.total, whole: false, validators }
                }
                Some(given) => {
                    let reason =
                        format!("it announced {} bytes of a range and sent {length}", given.length());
                    return Err(Failure::Truncated { reason });
                }
            })
        };
        Ok(self.inner.ask(&self.inner.files, &question, read).await?.value)
    }

    fn file_question(
        &self,
        method: Method,
        url: &SafeUrl,
        range: Option<&ByteRange>,
    ) -> Result<Question, UpstreamError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let value = range.map(ByteRange::header);
        let asked = if range.is_some() { format!("bytes of {}", name(url)) } else { name(url) };
        let question = self.inner.question(method, url.clone(), headers, asked);
        match value {
            None => Ok(question),
            Some(Some(value)) => {
                let mut question = question;
                question.headers.extend(HeaderValue::from_str(&value).ok().map(|value| (RANGE, value)));
                Ok(question)
            }
            Some(None) => {
                let reason = "a range of no bytes cannot be asked for".to_owned();
                Err(self.inner.error(&question, 0, Failure::BadReply { reason }))
            }
        }
    }
}

/// The last part of the URL's path, for people.
pub(crate) fn name(url: &SafeUrl) -> String {
    let mut parts = url.expose().path_segments().into_iter().flatten();
    let last = parts.rfind(|part| !part.is_empty()).unwrap_or("the root");
    percent_encoding::percent_decode_str(last)
        .decode_utf8_lossy()
        .chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .take(200)
        .collect()
}

fn length(response: &Response) -> Option<u64> {
    // The header, not the body's size: the answer to HEAD has no body.
    header(response, CONTENT_LENGTH)?.trim().parse().ok()
}

/// The range that was given: `None` with 200, which is always a possible answer to a question for a range.
fn check_range(response: &Response, asked: Option<&ByteRange>) -> Result<Option<ContentRange>, Failure> {
    match (response.status().as_u16(), asked) {
        (200, _) => Ok(None),
        (206, Some(asked)) => {
            let text = header(response, CONTENT_RANGE).unwrap_or_default();
            let given = ContentRange::parse(&text).filter(|given| asked.is_answered_by(given));
            given.map(Some).ok_or_else(|| Failure::BadReply {
                reason: format!(
                    "asked for {} it gave Content-Range {:?}",
                    asked.header().unwrap_or_default(),
                    text.chars().take(80).collect::<String>()
                ),
            })
        }
        _ => Err(status_failure(response)),
    }
}

struct Body {
    client: UpstreamClient,
    question: Question,
    attempts: u32,
    response: Response,
    patience: Patience,
    size: Option<u64>,
    read: u64,
    limit: u64,
    #[expect(dead_code, reason = "held until the body is read or dropped")]
    turn: OwnedSemaphorePermit,
}

impl Body {
    async fn step(mut self) -> Option<(Result<Bytes, UpstreamError>, Option<Self>)> {
        let failure = match self.patience.chunk(&mut self.response).await {
            Ok(Some(chunk)) => {
                self.read += chunk.len() as u64;
                if self.read <= self.limit {
                    return Some((Ok(chunk), Some(self)));
                }
                Failure::TooLarge { limit: self.limit }
            }
            Ok(None) => match self.size {
                Some(size) if size != self.read => {
                    Failure::Truncated { reason: format!("{} of {size} bytes arrived", self.read) }
                }
                _ => return None,
            },
            Err(failure) => failure,
        };
        Some((Err(self.client.inner.error(&self.question, self.attempts, failure)), None))
    }
}

impl std::fmt::Debug for FileReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileReply")
            .field("status", &self.status)
            .field("size", &self.size)
            .field("range", &self.range)
            .field("validators", &self.validators)
            .finish_non_exhaustive()
    }
}
