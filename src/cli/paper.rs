//! `portero man` and `portero completions`: what packages and shells want to know, made from the declarations in
//! [`super::arguments`], so that it cannot say anything else than `--help` does.

use std::io;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use super::arguments::{Arguments, CompletionsArguments, ForShell, ManArguments};
use super::error::CommandError;
use super::terminal::Terminal;

/// A manual page could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be written", .path.display())]
pub struct PaperError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// Prints the completions of a shell.
pub(super) fn completions(wish: &CompletionsArguments, terminal: &mut Terminal<'_>) -> Result<(), CommandError> {
    let shell = match wish.shell {
        ForShell::Bash => Shell::Bash,
        ForShell::Zsh => Shell::Zsh,
        ForShell::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "portero", &mut script);
    Ok(terminal.result(String::from_utf8_lossy(&script).trim_end())?)
}

/// Prints `portero(1)`, or writes a page for each command into a folder.
pub(super) fn man(wish: &ManArguments, terminal: &mut Terminal<'_>) -> Result<(), CommandError> {
    let mut program = Arguments::command().disable_help_subcommand(true);
    // Gives the commands their full names, such as portero-user-add.
    program.build();
    let Some(folder) = &wish.dir else {
        return Ok(terminal.result(String::from_utf8_lossy(&page(program)?.1).trim_end())?);
    };
    write_pages(program, folder)
}

fn write_pages(command: clap::Command, folder: &Path) -> Result<(), CommandError> {
    for below in command.get_subcommands() {
        write_pages(below.clone(), folder)?;
    }
    let (name, text) = page(command)?;
    let path = folder.join(name);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|source| PaperError { path, source }.into())
}

/// A page's file name and its text in roff. Undated: the same program makes the same page.
fn page(command: clap::Command) -> io::Result<(String, Vec<u8>)> {
    let man = Man::new(command.clone());
    let (name, version) = (command.get_display_name().unwrap_or("portero"), env!("CARGO_PKG_VERSION"));
    // The apostrophe as groff and as others have it; then the title, whose date is empty.
    let mut text = b".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n".to_vec();
    text.extend_from_slice(
        format!(".TH {} 1 \"\" \"Portero {version}\" \"Portero\"\n", name.to_uppercase()).as_bytes(),
    );
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    if let Some(examples) = command.get_after_help() {
        verbatim(&examples.to_string(), &mut text);
    }
    Ok((man.get_filename(), text))
}

/// What stands after the help, line by line as it is written there: its first line is a heading.
fn verbatim(after_help: &str, text: &mut Vec<u8>) {
    let (heading, lines) = after_help.split_once('\n').unwrap_or(("", after_help));
    let heading = heading.trim_end_matches(':').to_uppercase();
    text.extend_from_slice(format!(".SH {heading}\n.nf\n").as_bytes());
    for line in lines.lines() {
        // A backslash, or a dot or quote at the beginning, would be an instruction.
        let line = line.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq").replace('`', "\\(ga");
        text.extend_from_slice(format!("\\&{line}\n").as_bytes());
    }
    text.extend_from_slice(b".fi\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was printed.
    fn told(act: impl FnOnce(&mut Terminal<'_>) -> Result<(), CommandError>) -> Result<String, CommandError> {
        let mut out = Vec::new();
        let mut terminal = Terminal {
            out: Box::new(&mut out),
            err: Box::new(io::sink()),
            input: Box::new(io::empty()),
            interactive: false,
        };
        act(&mut terminal)?;
        drop(terminal);
        Ok(String::from_utf8(out).expect("text"))
    }

    #[test]
    fn every_verb_has_a_page_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let pages = folder.path().join("new/man1");
        let wish = ManArguments { dir: Some(pages.clone()) };
        assert_eq!(told(|terminal| man(&wish, terminal)).expect("written"), "");
        for name in ["portero", "portero-run", "portero-user", "portero-user-add", "portero-key-rotate"] {
            let page = std::fs::read_to_string(pages.join(format!("{name}.1"))).expect("written");
            assert!(page.contains(&format!(".TH {} 1 ", name.to_uppercase())), "{page}");
        }
        let page = std::fs::read_to_string(pages.join("portero-user-add.1")).expect("written");
        assert!(page.contains("\n.SH EXAMPLES\n.nf\n\\&  portero user add acme/ana \\-\\-name \\(aqAna"), "{page}");
        assert!(!pages.join("portero-help.1").exists());
    }

    #[test]
    fn without_a_folder_the_programs_own_page_is_printed() {
        let page = told(|terminal| man(&ManArguments { dir: None }, terminal)).expect("printed");
        assert!(page.contains(".TH PORTERO 1 ") && page.contains("EXAMPLES"), "{page}");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let wish = ManArguments { dir: Some("/proc/nowhere".into()) };
        let error = told(|terminal| man(&wish, terminal)).expect_err("nothing can be made there");
        assert!(error.to_string().contains("/proc/nowhere"), "{error}");
    }

    #[test]
    fn each_shell_gets_what_it_understands() {
        for (shell, sign) in [
            (ForShell::Bash, "complete -F"),
            (ForShell::Zsh, "#compdef portero"),
            (ForShell::Fish, "complete -c portero"),
        ] {
            let script = told(|terminal| completions(&CompletionsArguments { shell }, terminal)).expect("printed");
            assert!(script.contains(sign) && script.contains("set-email"), "{shell:?}: {script}");
        }
    }
}
