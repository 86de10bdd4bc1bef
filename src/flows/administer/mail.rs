//! Acts on the outbox.

use super::request::Subject;
use super::{AdministerError, Administrator, Answer, MailView, PAGE_LIMIT};
use crate::domain::ids::MailId;
use crate::domain::mail::Mail;
use crate::store::StoreError;

impl Administrator {
    /// The dead first: they want somebody.
    pub(super) async fn list_mail(&self) -> Result<Answer, AdministerError> {
        let open = self.mail.open(PAGE_LIMIT).await?;
        let mut views = Vec::with_capacity(open.dead.len() + open.waiting.len());
        for mail in open.dead.into_iter().chain(open.waiting) {
            views.push(self.view_mail(mail).await?);
        }
        Ok(Answer::Mails(views))
    }

    pub(super) async fn retry_mail(&self, id: MailId, subject: &mut Subject) -> Result<Answer, AdministerError> {
        let mail = self.mail.retry(id).await?.ok_or(AdministerError::UnknownMail(id))?;
        subject.user = mail.user;
        Ok(Answer::Mail(Box::new(self.view_mail(mail).await?)))
    }

    pub(super) async fn drop_mail(&self, id: MailId, subject: &mut Subject) -> Result<Answer, AdministerError> {
        let mail = self.mail.discard(id).await?.ok_or(AdministerError::UnknownMail(id))?;
        subject.user = mail.user;
        Ok(Answer::Mail(Box::new(self.view_mail(mail).await?)))
    }

    async fn view_mail(&self, mail: Mail) -> Result<MailView, StoreError> {
        let user = match mail.user {
            Some(id) => self.accounts.user(id).await?,
            None => None,
        };
        Ok(MailView::new(mail, user.as_ref()))
    }
}
