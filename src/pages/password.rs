//! `/password`: the page that sets a new password, of one's own accord or because the old one is not enough any more.

use std::time::Duration;

use http::StatusCode;
use secrecy::SecretString;

use super::Answer;
use super::captcha_field::{CaptchaGate, Verdict};
use super::former::FormerHolder;
use super::kit::{Browser, Kit};
use super::visit::{SignedIn, Visit};
use crate::captcha::CaptchaForm;
use crate::domain::user::User;
use crate::flows::change_password::{ChangePassword, Entitled, Faults, NewPassword, Outcome};
use crate::flows::sign_in::ChangeCause;
use crate::flows::{Acting, FlowError};
use crate::templates::{
    PasswordChangedPage, PasswordPage as Page, PasswordProblem, PasswordReason, PasswordRule, Wait,
};
use crate::throttle::account_subject;
use crate::wire::cookies::CookieKind;
use crate::wire::csrf::{FormName, form_token, form_token_matches};
use crate::wire::form::Form;
use crate::wire::respond;
use crate::wire::return_to::ReturnTo;

const LOGIN: &str = "/_portero/login";

/// `/password`
pub struct PasswordPage {
    /// Templates and cookies.
    pub kit: Kit,
    /// The flow.
    pub change: ChangePassword,
    /// The captcha.
    pub captcha: CaptchaGate,
    /// Keeps in mind whose sessions ended.
    pub former: FormerHolder,
}

/// Whoever may be on this page, and where they want to go.
struct Context {
    entitled: Entitled,
    user: User,
    return_to: Option<ReturnTo>,
}

impl PasswordPage {
    /// Shows the form to whoever is entitled to it; sends others to sign in.
    pub(super) async fn show(&self, visit: &Visit) -> Answer {
        let browser = self.kit.browser(visit);
        let return_to = ReturnTo::parse(visit.parameters().get("return_to"));
        match self.context(visit, &browser, return_to).await? {
            Some(context) => self.form(visit, StatusCode::OK, &context, Vec::new(), &browser).await,
            None => self.kit.sign_in_first(visit, "/_portero/login?return_to=/_portero/password"),
        }
    }

    /// Takes the form.
    pub(super) async fn submit(&self, visit: &Visit, mut form: Form) -> Answer {
        let browser = self.kit.browser(visit);
        let return_to = ReturnTo::parse(form.get("return_to"));
        let Some(context) = self.context(visit, &browser, return_to).await? else {
            return self.kit.sign_in_first(visit, LOGIN);
        };
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        if !form_token_matches(&browser.token, FormName::ChangePassword, form.get("csrf")) {
            self.change.stopped_by_form(&context.user, visit.address).await;
            let problems = vec![PasswordProblem::ExpiredForm];
            return self.form(visit, unprocessable, &context, problems, &browser).await;
        }
        if !form.get("refresh").is_empty() {
            return self.form(visit, StatusCode::OK, &context, Vec::new(), &browser).await;
        }
        if self.captcha_is_asked(visit, &context).await? {
            let judged =
                self.captcha.judge(CaptchaForm::ChangePassword, browser.token.hash(), &form, visit.address).await?;
            match judged {
                Verdict::Passed => {}
                Verdict::Failed => {
                    self.change.stopped_by_captcha(&context.user, visit.address).await;
                    let problems = vec![PasswordProblem::Captcha];
                    return self.form(visit, unprocessable, &context, problems, &browser).await;
                }
                Verdict::Throttled(seconds) => return self.throttled(visit, &context, seconds, &browser).await,
            }
        }
        let typed = NewPassword {
            old: SecretString::from(form.take("old_password")),
            new: SecretString::from(form.take("new_password")),
            confirmation: SecretString::from(form.take("confirm_password")),
        };
        let policy = &visit.config.password.policy;
        let browser_hash = browser.token.hash();
        match self.change.attempt(&context.entitled, typed, policy, visit.address, browser_hash).await {
            Ok(Outcome::Changed) => self.done(visit, &context),
            Ok(Outcome::Rejected(faults)) => {
                let status = if faults.wrong_old { StatusCode::UNAUTHORIZED } else { unprocessable };
                let mut response = self.form(visit, status, &context, problems_of(faults), &browser).await?;
                if status == StatusCode::UNAUTHORIZED {
                    respond::name_challenge(&mut response);
                }
                Ok(response)
            }
            Ok(Outcome::Throttled(seconds)) => self.throttled(visit, &context, seconds, &browser).await,
            Ok(Outcome::Void) => {
                let mut response = respond::redirect(StatusCode::SEE_OTHER, LOGIN);
                visit.cookies().clear(response.headers_mut(), CookieKind::Change);
                Ok(response)
            }
            Err(FlowError::Overloaded(_)) => {
                let problems = vec![PasswordProblem::Overloaded];
                let status = StatusCode::TOO_MANY_REQUESTS;
                let mut response = self.form(visit, status, &context, problems, &browser).await?;
                respond::retry_after(&mut response, 2);
                Ok(response)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A sign-in that waits for a new password goes before a session: it is what the person is in the midst of.
    async fn context(
        &self,
        visit: &Visit,
        browser: &Browser,
        return_to: Option<ReturnTo>,
    ) -> Result<Option<Context>, FlowError> {
        let pending = match visit.token(CookieKind::Change) {
            Some(ticket) => self.change.pending(&ticket, &browser.token.hash()).await?,
            None => None,
        };
        let acting = |signed_in: &SignedIn| Acting { session: signed_in.session, user: signed_in.person.id };
        let own = visit.signed_in.as_ref().map(|signed_in| Entitled::SignedIn(acting(signed_in)));
        for entitled in [pending.map(Entitled::Pending), own].into_iter().flatten() {
            if let Some((user, _)) = self.change.account(&entitled).await? {
                return Ok(Some(Context { entitled, user, return_to }));
            }
        }
        Ok(None)
    }

    async fn captcha_is_asked(&self, visit: &Visit, context: &Context) -> Result<bool, FlowError> {
        let account = account_subject(context.user.organization.as_str(), context.user.username.as_str());
        self.captcha.is_asked(visit.config.captcha.mode, visit.address, Some(account)).await
    }

    async fn form(
        &self,
        visit: &Visit,
        status: StatusCode,
        context: &Context,
        problems: Vec<PasswordProblem>,
        browser: &Browser,
    ) -> Answer {
        let captcha = match self.captcha_is_asked(visit, context).await? {
            true => Some(self.captcha.field(CaptchaForm::ChangePassword, browser.token.hash(), visit.address).await?),
            false => None,
        };
        let configured = &visit.config.password.policy;
        let policy = self.change.policy(&context.user.organization, configured).await?;
        let reason = match &context.entitled {
            Entitled::SignedIn(_) => PasswordReason::Voluntary,
            Entitled::Pending(pending) => match pending.cause {
                ChangeCause::Expired => PasswordReason::Expired,
                ChangeCause::Temporary => PasswordReason::Temporary,
            },
        };
        let page = Page {
            csrf: form_token(&browser.token, FormName::ChangePassword),
            return_to: context.return_to.as_ref().map(ToString::to_string),
            username: context.user.username.to_string(),
            reason,
            rules: PasswordRule::of(&policy),
            captcha,
            problems,
        };
        let mut response = self.kit.show_form(visit, status, &page, page.return_to.as_deref())?;
        self.kit.keep_browser(visit, browser, &mut response);
        Ok(response)
    }

    async fn throttled(&self, visit: &Visit, context: &Context, seconds: u64, browser: &Browser) -> Answer {
        let problems = vec![PasswordProblem::Throttled { wait: Wait::new(Duration::from_secs(seconds)) }];
        let mut response = self.form(visit, StatusCode::TOO_MANY_REQUESTS, context, problems, browser).await?;
        respond::retry_after(&mut response, seconds);
        Ok(response)
    }

    /// Changed: a page says so and goes on to the sign-in page by itself, where the new password is asked for.
    fn done(&self, visit: &Visit, context: &Context) -> Answer {
        let sign_in = context.return_to.as_ref().map_or_else(|| LOGIN.to_owned(), |to| to.as_parameter_of(LOGIN));
        let location = format!("/_portero/password/changed{}", sign_in.strip_prefix(LOGIN).unwrap_or_default());
        let mut response = respond::redirect(StatusCode::SEE_OTHER, &location);
        let headers = response.headers_mut();
        // Whose cookie is taken away: it need not be the one whose password it was.
        let former = visit.signed_in.as_ref().map_or(context.user.id, |signed_in| signed_in.person.id);
        self.former.leave(visit, former, headers);
        visit.cookies().clear(headers, CookieKind::Change);
        self.kit.renew_browser(visit, &mut response);
        Ok(response)
    }

    /// The page after it.
    pub(super) fn changed(&self, visit: &Visit) -> Answer {
        let return_to = ReturnTo::parse(visit.parameters().get("return_to"));
        let sign_in = return_to.map_or_else(|| LOGIN.to_owned(), |to| to.as_parameter_of(LOGIN));
        self.kit.show(visit, StatusCode::OK, &PasswordChangedPage { sign_in })
    }
}

fn problems_of(faults: Faults) -> Vec<PasswordProblem> {
    let mut problems = Vec::new();
    if faults.wrong_old {
        problems.push(PasswordProblem::WrongOld);
    }
    if !faults.unmet.is_empty() {
        problems.push(PasswordProblem::Unmet { rules: faults.unmet.iter().map(PasswordRule::from).collect() });
    }
    if faults.mismatch {
        problems.push(PasswordProblem::Mismatch);
    }
    problems
}
