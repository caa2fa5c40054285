//! The first token of a server that asks: somebody must be able to make the others.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::StartError;
use crate::access::{NewToken, Secret, TokenError, Tokens};
use crate::clock::{Clock, SystemClock};
use crate::run::{Actor, Role};
use crate::storage::Store;
use crate::system::file_for_owner;

/// Where it lies until it is used, in the data directory.
const FILE: &str = "first-admin-token";

/// The tokens of a server, of which one is an admin's.
pub(super) async fn tokens(
    root: &Path,
    store: Store,
    clock: Arc<dyn Clock>,
) -> Result<Tokens, StartError> {
    let tokens = Tokens::open(store, clock).await.map_err(TokenError::Store)?;
    let path = root.join(FILE);
    if tokens.has_admin() {
        tokens.expect_first(&path);
    } else {
        let secret = make(&tokens).await?;
        keep(&path, &secret)
            .map_err(|source| StartError::DataDir { path: root.to_owned(), source })?;
        tokens.expect_first(&path);
        let path = path.display();
        tracing::warn!(
            "the first token of an admin is in {path}: `tradeforge first-token` shows it, and it \
             is removed when it is used"
        );
    }
    Ok(tokens)
}

/// The first token of that data directory: the one that a server has made and nobody has used yet,
/// or a new one where no server has it.
///
/// # Errors
///
/// If a server has it and its first token was used.
pub(crate) async fn first_token(root: &Path) -> Result<String, StartError> {
    let path = root.join(FILE);
    if let Ok(text) = fs::read_to_string(&path) {
        return Ok(text.trim().to_owned());
    }
    let folders = super::DataDir::open(root)?;
    let store = Store::open(&folders.database()).await?;
    let tokens = Tokens::open(store.clone(), Arc::new(SystemClock)).await;
    let tokens = tokens.map_err(TokenError::Store)?;
    let secret = make(&tokens).await?;
    store.close().await;
    Ok(secret.reveal().to_owned())
}

async fn make(tokens: &Tokens) -> Result<Secret, TokenError> {
    let new = NewToken {
        owner: "admin".to_owned(),
        role: Role::Admin,
        description: "the first one".to_owned(),
        ttl: None,
    };
    Ok(tokens.create(new, &Actor::server()).await?.0)
}

/// For its owner alone, whatever the mask of this process.
fn keep(path: &Path, secret: &Secret) -> io::Result<()> {
    // One that is left there holds no more.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = file_for_owner().create_new(true).open(path)?;
    writeln!(file, "{}", secret.reveal())?;
    file.sync_all()
}
