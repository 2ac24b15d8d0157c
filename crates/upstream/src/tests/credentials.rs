use super::server::{Server, reply};
use super::{client_of, document, page, url};

/// Basic, of `me:s3/cret`.
const MINE: Option<&str> = Some("Basic bWU6czMvY3JldA==");

fn with_credentials(server: &Server) -> String {
    server.url("/simple/").replace("http://", "http://me:s3%2Fcret@")
}

#[tokio::test]
async fn credentials_go_to_their_origin_and_nowhere_else() {
    let other = Server::start(|_, _| reply(200, &[], "elsewhere")).await;
    let away = other.url("/away");
    let server = Server::start(move |request, _| {
        if request.line.ends_with("/six/") {
            reply(302, &[("Location", &away)], "")
        } else {
            reply(200, &[], "here")
        }
    })
    .await;
    let client = client_of(&with_credentials(&server), |_| {});

    let got = document(page(&client).await.unwrap());
    assert_eq!(got.bytes, "elsewhere");
    assert_eq!(got.final_url.as_str(), other.url("/away"));
    client.head(&url(&other.url("/six.whl"))).await.unwrap();
    client.head(&url(&server.url("/six.whl"))).await.unwrap();
    client.project_json(&super::six(), &crate::Validators::default()).await.unwrap();

    for request in server.requests() {
        assert_eq!(request.header("authorization"), MINE, "{}", request.line);
    }
    for request in other.requests() {
        assert_eq!(request.header("authorization"), None, "{}", request.line);
    }
    assert_eq!((server.requests().len(), other.requests().len()), (3, 2));
}

#[tokio::test]
async fn a_links_own_credentials_go_to_the_link() {
    let other = Server::start(|_, _| reply(200, &[], "")).await;
    let away = other.url("/away");
    let server =
        Server::start(move |_, _| reply(302, &[("Location", &away.replace("http://", "http://x:y@"))], ""))
            .await;
    let client = client_of(&server.url("/simple/"), |_| {});
    client.head(&url(&server.url("/six.whl").replace("http://", "http://me:s3%2Fcret@"))).await.unwrap();
    assert_eq!(server.requests()[0].header("authorization"), MINE);
    assert_eq!(other.requests()[0].header("authorization"), None);
}

#[tokio::test]
async fn credentials_are_never_shown() {
    let server = Server::start(|_, _| reply(401, &[], "")).await;
    let client = client_of(&with_credentials(&server), |_| {});
    let error = page(&client).await.unwrap_err();
    let link = url(&format!("{}?token=s3%2Fcret", with_credentials(&server)));
    let linked = client.head(&link).await.unwrap_err();
    let shown = format!(
        "{error} {error:?} {linked} {linked:?} {client:?} {:?} {}",
        client.health(),
        client.simple_url()
    );
    for secret in ["s3%2Fcret", "s3/cret", "czMvY3JldA"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
