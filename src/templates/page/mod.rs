//! The pages, one file a subject. Fields are texts as they are to be read: escaping is the template's business.

mod admin;
mod captcha;
mod email;
mod login;
mod message;
mod password;
mod portal;
mod recover;
mod resume;
mod session;
mod settings;

pub use admin::{
    AdminAuditPage, AdminEvent, AdminFact, AdminField, AdminForm, AdminFormPage, AdminHomePage, AdminImportPage,
    AdminLink, AdminMail, AdminObstacle, AdminOption, AdminOrganization, AdminOrganizationPage, AdminProblem,
    AdminRowFault, AdminTaken, AdminTried, AdminUser, AdminUserPage, AdminUsersPage, AdminWord,
};
pub use captcha::CaptchaField;
pub use email::{EmailDonePage, EmailLinkPage, EmailPage, EmailProblem, PendingEmail};
pub use login::{LoginNews, LoginPage, LoginProblem};
pub use message::{Message, MessagePage};
pub use password::{PasswordChangedPage, PasswordPage, PasswordProblem, PasswordReason, PasswordRule};
pub use portal::{ApplicationCard, DownloadCard, PortalPage};
pub use recover::{
    RecoverDonePage, RecoverField, RecoverFormPage, RecoverPage, RecoverProblem, RecoverWay, ResetVoidPage,
};
pub use resume::{HiddenField, HiddenForm, KeptPostPage};
pub use session::{SignOutPage, SignedOutPage, Wait};
pub use settings::{
    LanguageChoice, QuestionForm, QuestionOption, SavedSetting, SessionRow, SettingsPage, SettingsProblem,
    ShownQuestion,
};
