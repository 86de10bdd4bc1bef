//! Secrets in the configuration: written plainly, in a file of their own or in the environment. None is ever shown.

use secrecy::SecretString;
use toml::de::DeValue;

use super::entry::Entry;

impl<'r> Entry<'r> {
    /// A secret: text, `{ file = "…" }` or `{ env = "…" }`. Newlines at its end are not part of it. Nothing that is written
    /// here is ever shown, for a secret may stand in the wrong place.
    pub(super) fn secret(&self) -> Option<SecretString> {
        const HOW: &str = "write \"…\", { file = \"…\" } or { env = \"…\" }";
        let secret = match self.value.get_ref() {
            DeValue::String(text) => {
                self.reader.plain_secret(self.at());
                text.to_string()
            }
            DeValue::Table(_) => {
                let mut section = self.section()?;
                let (file, variable) = (section.take("file"), section.take("env"));
                section.finish();
                match (file, variable) {
                    (Some(file), None) => self.secret_file(&file)?,
                    (None, Some(variable)) => self.secret_variable(&variable)?,
                    _ => return self.fault(format!("`{}` needs one of file and env", self.name), HOW),
                }
            }
            _ => return self.fault(format!("`{}` must be a secret, not {}", self.name, self.type_name()), HOW),
        };
        let secret = secret.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return self.fault(format!("the secret of `{}` is empty", self.name), HOW);
        }
        Some(SecretString::from(secret))
    }

    fn secret_file(&self, file: &Entry<'r>) -> Option<String> {
        match self.reader.context.surroundings.file(&file.path()?) {
            Ok(secret) => Some(secret),
            Err(error) => file.fault(
                format!("the file of `{}` cannot be read: {error}", self.name),
                "write the path of a file that Portero may read",
            ),
        }
    }

    fn secret_variable(&self, variable: &Entry<'r>) -> Option<String> {
        let secret = self.reader.context.surroundings.variable(variable.text()?);
        secret.or_else(|| {
            variable.fault(
                format!("the environment variable of `{}` is not set", self.name),
                "set it before Portero starts, or write { file = \"…\" }",
            )
        })
    }
}
