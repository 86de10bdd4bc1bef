//! A server from start to stop.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use super::background::{Reloading, Signals};
use super::foundation::{Foundation, Live, LostKey, StartError};
use super::{admin, background, certificates, notify, redirect, site, upkeep};
use crate::audit::Audit;
use crate::captcha::Captcha;
use crate::cli::control::{self, ControlSocket};
use crate::config::Config;
use crate::flows::Letters;
use crate::flows::administer::Administrator;
use crate::flows::change_email::ChangeEmail;
use crate::flows::change_password::ChangePassword;
use crate::flows::confirm::Confirm;
use crate::flows::expiry::ExpiryWarnings;
use crate::flows::own_account::OwnAccount;
use crate::flows::recover::Recover;
use crate::flows::sign_in::SignIn;
use crate::flows::sign_out::SignOut;
use crate::keys::Keys;
use crate::mail::MailRoom;
use crate::pages::{
    AdminPages, CaptchaGate, EmailPage, FailurePage, FormerHolder, HandOver, Jwks, KeptPosts, Kit, LoginPage,
    LogoutPage, Pages, PasswordPage, PortalPage, RecoverPages, SettingsPage, UPLOADS,
};
use crate::proxy::Proxy;
use crate::server::service::{Doorman, Shared};
use crate::server::{self, Passport, Shutdown, TlsAcceptorHolder};
use crate::sessions::{LiveSessions, SessionObserver};
use crate::throttle::Throttling;

/// A server that is listening.
pub struct Ready<'a> {
    /// Where.
    pub address: SocketAddr,
    /// Administers its store.
    pub administrator: &'a Arc<Administrator>,
    /// The runtime of the background work.
    pub runtime: &'a tokio::runtime::Runtime,
}

/// Serves until SIGTERM or Ctrl-C. `path` is read again on SIGHUP; `ready` is called once people can come.
///
/// # Errors
/// [`StartError`]
pub fn serve(config: Config, path: Option<&Path>, ready: impl FnOnce(&Ready<'_>)) -> Result<(), StartError> {
    let config = Arc::new(config);
    // Only who has a file is a service; the demo listens where it says and nowhere else.
    let bound = if path.is_some() { server::take_or_bind(&config.server)? } else { server::bind(&config.server)? };
    let address = bound.local_addr();
    let connections = bound.connections();
    let foundation = Foundation::open(&config, LostKey::Refuse)?;
    let certificates = &config.server.tls;
    let tls = (!certificates.is_empty()).then(|| TlsAcceptorHolder::load(certificates)).transpose()?.map(Arc::new);
    if let Some(tls) = &tls {
        certificates::tell(tls, &config, foundation.clock.now());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (shared, mail_room, administrator) = runtime.block_on(compose(&foundation, &config))?;
    let shared = Arc::new(shared);
    let deliverer = foundation.deliverer(&mail_room);

    // Before anybody is let in, so that being told to stop never means dropping them.
    let signals = runtime.block_on(async { Signals::install() })?;
    let shutdown = Shutdown::new();
    let for_workers = Arc::clone(&shared);
    let make = move |worker| Doorman::new(Arc::clone(&for_workers), Proxy::new(), worker);
    let running = bound.serve(make, tls.clone(), shutdown.clone())?;

    let (stop_control, stop_mail) = (CancellationToken::new(), CancellationToken::new());
    let outcome = runtime.block_on(async {
        let socket = ControlSocket::bind(&config.store.path)?;
        let control = control::serve(socket, Arc::clone(&administrator), stop_control.clone());
        let control = tokio::spawn(control);
        let store = Arc::clone(&foundation.store);
        let upkeep = upkeep::upkeep(
            Arc::clone(&shared),
            Arc::clone(&store),
            Arc::clone(&foundation.clock),
            Arc::clone(&foundation.master),
        );
        let upkeep = tokio::spawn(upkeep);
        let warnings = tokio::spawn(background::warn(expiry_warnings(&foundation, &mail_room)));
        let watched = Arc::new(admin::Watched {
            store,
            shared: Arc::clone(&shared),
            hasher: Arc::clone(&foundation.hasher),
            connections,
            tls: tls.clone(),
        });
        let admin = tokio::spawn(admin::serve(config.admin.listen, watched));
        let redirect = config.server.redirect.map(|listen| tokio::spawn(redirect::serve(listen, Arc::clone(&shared))));
        let mail = tokio::spawn(deliverer.run(stop_mail.clone()));
        tracing::info!(%address, origin = %config.portal.origin, "Portero is at the door");
        Ok::<_, StartError>((control, mail, [Some(upkeep), Some(warnings), Some(admin), redirect]))
    });
    let tasks = match outcome {
        Ok(tasks) => tasks,
        Err(error) => {
            shutdown.begin();
            stop_mail.cancel();
            let _ = runtime.block_on(running.join());
            foundation.close();
            return Err(error);
        }
    };
    runtime.spawn(notify::keep_alive(running.pulse()));
    notify::ready(&config.portal.origin);
    ready(&Ready { address, administrator: &administrator, runtime: &runtime });
    let reloading = Reloading {
        shared: Arc::clone(&shared),
        started: Arc::clone(&config),
        path: path.map(Path::to_owned),
        tls,
        clock: Arc::clone(&foundation.clock),
    };
    let (control, mail, others) = tasks;
    let drained = runtime.block_on(async {
        let mut workers = std::pin::pin!(running.join());
        let died = tokio::select! {
            () = background::until_told(signals, reloading) => None,
            // They end by themselves only if one panicked: better started anew than half served.
            ended = &mut workers => Some(ended),
        };
        tracing::info!("stopping: what is in flight is finished first");
        notify::stopping(config.server.shutdown_grace);
        shutdown.begin();
        let drained = match died {
            Some(ended) => ended,
            None => workers.await,
        };
        stop_control.cancel();
        // What is asked for until the last moment is written down, and sent at the next start.
        stop_mail.cancel();
        others.into_iter().flatten().for_each(|task| task.abort());
        let _ = control.await;
        let _ = mail.await;
        if let Err(error) = shared.sessions.write_behind().await {
            tracing::error!(code = error.code(), %error, "the last activity could not be written");
        }
        drained
    });
    foundation.close();
    let drained = drained?;
    if drained.cut > 0 {
        tracing::warn!(connections = drained.cut, "some were still busy when their time was up");
    }
    Ok(())
}

fn expiry_warnings(foundation: &Foundation, mail_room: &Arc<MailRoom>) -> ExpiryWarnings {
    ExpiryWarnings {
        store: Arc::clone(&foundation.store),
        letters: Letters::new(Arc::clone(mail_room)),
        audit: Arc::new(Audit::new(Arc::clone(&foundation.store), Arc::clone(&foundation.clock))),
        config: Arc::clone(&mail_room.config),
        clock: Arc::clone(&foundation.clock),
    }
}

/// Puts the rooms together.
async fn compose(
    foundation: &Foundation,
    config: &Arc<Config>,
) -> Result<(Shared, Arc<MailRoom>, Arc<Administrator>), StartError> {
    let Foundation { store, master, hasher, common, clock, random, .. } = foundation;
    let keys = Arc::new(Keys::load(&**store, master, &**clock, &**random).await?);
    let sessions =
        Arc::new(LiveSessions::new(Arc::clone(store), Arc::clone(clock), config.session.limits, Passport::new));
    let observer: Arc<dyn SessionObserver> = Arc::clone(&sessions) as Arc<dyn SessionObserver>;
    let counting = Arc::clone(&foundation.metrics);
    let audit = Audit::new(Arc::clone(store), Arc::clone(clock));
    let audit = Arc::new(audit.counted_by(move |action, reason| counting.attempt(action, reason)));
    let site = site::of(Arc::clone(config), None)?;
    site.templates.notices().iter().for_each(|notice| tracing::warn!("{notice}"));
    let site = Arc::new(ArcSwap::from_pointee(site));
    let [for_numbers, for_words, for_all] = [&site, &site, &site].map(Arc::clone);
    let numbers = Box::new(move || for_numbers.load().config.throttle);
    let throttling = Arc::new(Throttling::new(Arc::clone(store), Arc::clone(clock), numbers));
    let templates = Arc::new(move || Arc::clone(&for_words.load().templates));
    let in_force = Arc::new(move || Arc::clone(&for_all.load().config));
    let mail_room = Arc::new(foundation.mail_room(templates, in_force, Arc::new(Notify::new())));
    let letters = Letters::new(Arc::clone(&mail_room));
    let live = Live { keys: Arc::clone(&keys), sessions: Arc::clone(&observer), mail: Arc::clone(&mail_room) };
    let administrator = foundation.administrator(config, Some(live))?;
    let confirm = Confirm {
        store: Arc::clone(store),
        hasher: Arc::clone(hasher),
        throttling: Arc::clone(&throttling),
        audit: Arc::clone(&audit),
        clock: Arc::clone(clock),
    };
    let kit = Kit { random: Arc::clone(random) };
    let captcha = CaptchaGate {
        captcha: Arc::new(Captcha::new(Arc::clone(store) as _, Arc::clone(clock), Arc::clone(random))?),
        throttling: Arc::clone(&throttling),
    };
    let sign_in = SignIn {
        store: Arc::clone(store),
        hasher: Arc::clone(hasher),
        throttling: Arc::clone(&throttling),
        audit: Arc::clone(&audit),
        clock: Arc::clone(clock),
        random: Arc::clone(random),
        observer: Arc::clone(&observer),
    };
    let recover = Recover {
        store: Arc::clone(store),
        hasher: Arc::clone(hasher),
        common: Arc::clone(common),
        throttling: Arc::clone(&throttling),
        audit: Arc::clone(&audit),
        letters: letters.clone(),
        clock: Arc::clone(clock),
        random: Arc::clone(random),
        observer: Arc::clone(&observer),
        master: Arc::clone(master),
    };
    let own_account = OwnAccount {
        store: Arc::clone(store),
        hasher: Arc::clone(hasher),
        throttling: Arc::clone(&throttling),
        letters: letters.clone(),
        audit: Arc::clone(&audit),
        clock: Arc::clone(clock),
        random: Arc::clone(random),
        observer: Arc::clone(&observer),
    };
    let change_email = ChangeEmail { own: own_account.clone() };
    let change = ChangePassword {
        store: Arc::clone(store),
        hasher: Arc::clone(hasher),
        common: Arc::clone(common),
        throttling,
        letters,
        audit: Arc::clone(&audit),
        clock: Arc::clone(clock),
        random: Arc::clone(random),
        observer: Arc::clone(&observer),
    };
    let former = FormerHolder { master: Arc::clone(master), clock: Arc::clone(clock), random: Arc::clone(random) };
    let sign_out = SignOut { store: Arc::clone(store), audit: Arc::clone(&audit), clock: Arc::clone(clock), observer };
    let pages = Pages {
        login: LoginPage {
            kit: kit.clone(),
            sign_in,
            captcha: captcha.clone(),
            store: Arc::clone(store),
            master: Arc::clone(master),
        },
        logout: LogoutPage { kit: kit.clone(), sign_out, former: former.clone() },
        password: PasswordPage { kit: kit.clone(), change, captcha: captcha.clone(), former: former.clone() },
        portal: PortalPage { kit: kit.clone(), store: Arc::clone(store), clock: Arc::clone(clock) },
        recover: RecoverPages { kit: kit.clone(), recover, captcha: captcha.clone() },
        settings: SettingsPage { kit: kit.clone(), account: own_account },
        email: EmailPage { kit: kit.clone(), change: change_email },
        admin: AdminPages {
            kit: kit.clone(),
            administrator: Arc::clone(&administrator),
            confirm,
            uploads: Semaphore::new(UPLOADS),
        },
        kept_posts: KeptPosts {
            kit: kit.clone(),
            store: Arc::clone(store),
            master: Arc::clone(master),
            clock: Arc::clone(clock),
        },
        former,
        hand_over: HandOver { kit: kit.clone(), store: Arc::clone(store), clock: Arc::clone(clock) },
        captcha,
        jwks: Jwks { keys: Arc::clone(&keys) },
        failures: FailurePage { kit: kit.clone(), audit },
        kit,
    };
    let run_id = random.token().reveal().chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    let shared = Shared {
        site,
        sessions,
        keys,
        pages,
        clock: Arc::clone(clock),
        random: Arc::clone(random),
        run_id,
        metrics: Arc::clone(&foundation.metrics),
    };
    Ok((shared, mail_room, administrator))
}
