//! The socket as a file: made privately, moved into place, removed at the end; reached however long its path is.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

use super::{ControlError, SOCKET_NAME};

/// Where the socket is made, unreachable for others, before it is moved into place.
const WORKSHOP: &str = ".control.new";

/// Bytes of a path in a socket's address, less the closing zero (`sun_path` in unix(7)).
const LONGEST_PATH: usize = 107;

/// A listening control socket. The file goes away with it.
#[derive(Debug)]
pub struct ControlSocket {
    pub(super) listener: UnixListener,
    path: PathBuf,
}

impl ControlSocket {
    /// Listens in the store's `folder`, in the place of whatever a dead process left there: whoever holds the store is the only one who
    /// may call this. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`ControlError::Bind`] and [`ControlError::PathTooLong`]
    pub fn bind(folder: &Path) -> Result<Self, ControlError> {
        let path = folder.join(SOCKET_NAME);
        let failed = |source| ControlError::Bind { path: path.clone(), source };
        let workshop = folder.join(WORKSHOP);
        clear(&workshop).map_err(failed)?;
        DirBuilder::new().mode(0o700).create(&workshop).map_err(failed)?;
        let made = workshop.join(SOCKET_NAME);
        let listener = {
            let address = Address::of(&workshop).map_err(failed)?;
            let address = address.ok_or_else(|| ControlError::PathTooLong(path.clone()))?;
            UnixListener::bind(&address.path).map_err(failed)?
        };
        fs::set_permissions(&made, Permissions::from_mode(0o600)).map_err(failed)?;
        fs::rename(&made, &path).map_err(failed)?;
        fs::remove_dir(&workshop).map_err(failed)?;
        Ok(Self { listener, path })
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "the control socket could not be removed");
        }
    }
}

/// Connects to the socket in `folder`; `None` where nobody listens.
pub(super) async fn connect(folder: &Path) -> Result<Option<UnixStream>, ControlError> {
    let path = folder.join(SOCKET_NAME);
    if !folder.is_dir() {
        return Ok(None);
    }
    let address = Address::of(folder).map_err(|source| ControlError::Connect { path: path.clone(), source })?;
    let address = address.ok_or_else(|| ControlError::PathTooLong(path.clone()))?;
    match UnixStream::connect(&address.path).await {
        Ok(stream) => Ok(Some(stream)),
        // Refused: the file is what a dead process left behind.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(ControlError::NotAllowed(path)),
        Err(source) => Err(ControlError::Connect { path, source }),
    }
}

/// A path to the socket that fits into an address, and what keeps it valid.
struct Address {
    path: PathBuf,
    _folder: Option<OwnedFd>,
}

impl Address {
    /// The way to the socket in `folder`: the plain path, or, if that is too long, one through a handle of the folder.
    /// `None` where the system has no such ways.
    fn of(folder: &Path) -> io::Result<Option<Self>> {
        use rustix::fs::{Mode, OFlags, open};
        let path = folder.join(SOCKET_NAME);
        if path.as_os_str().len() <= LONGEST_PATH {
            return Ok(Some(Self { path, _folder: None }));
        }
        let handle = open(folder, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let short = Path::new("/proc/self/fd").join(handle.as_raw_fd().to_string());
        Ok(short.is_dir().then(|| Self { path: short.join(SOCKET_NAME), _folder: Some(handle) }))
    }
}

/// Removes what a process that died while it made its socket left behind.
fn clear(workshop: &Path) -> io::Result<()> {
    match fs::remove_dir_all(workshop) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
