//! The questions to choose from, and which answers are no secret to anybody.

use super::normalize_answer;

/// The fewest letters and digits an answer has, once it is normalized.
pub const SHORTEST_ANSWER: usize = 3;
/// The most characters of an answer as it is typed.
pub const LONGEST_ANSWER: usize = 100;
/// The most characters of a question that a person writes.
pub const LONGEST_QUESTION: usize = 200;

/// A question of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogueQuestion {
    /// Its name: what is stored, and the end of its text's key. Never change one.
    pub name: &'static str,
    /// Words of the question, in every language, that are no answer to it; normalized.
    words: &'static [&'static str],
}

/// The catalogue. Add to its end alone: which question is shown for a name that has none depends on the order.
pub const CATALOGUE: [CatalogueQuestion; 8] = [
    CatalogueQuestion {
        name: "childhood-friend",
        words: &[
            "amigo",
            "amiga",
            "infancia",
            "friend",
            "bestfriend",
            "child",
            "childhood",
            "mejoramigo",
            "mejoramiga",
        ],
    },
    CatalogueQuestion {
        name: "first-teacher",
        words: &["maestro", "maestra", "profesor", "profesora", "teacher", "escuela", "school"],
    },
    CatalogueQuestion { name: "first-pet", words: &["mascota", "perro", "gato", "pet", "dog", "cat", "perra", "gata"] },
    CatalogueQuestion { name: "childhood-street", words: &["calle", "avenida", "street", "road", "infancia"] },
    CatalogueQuestion {
        name: "grandmother-town",
        words: &["abuela", "pueblo", "ciudad", "grandmother", "town", "city", "village"],
    },
    CatalogueQuestion { name: "first-job", words: &["trabajo", "empleo", "empresa", "job", "work", "company"] },
    CatalogueQuestion { name: "favourite-dish", words: &["plato", "comida", "dish", "food", "infancia", "child"] },
    CatalogueQuestion { name: "first-journey", words: &["viaje", "lugar", "journey", "trip", "place"] },
];

/// What people write when they do not want to answer, and what is tried first; normalized.
const TRIVIAL: [&str; 56] = [
    "nada",
    "nadie",
    "ninguno",
    "ninguna",
    "nose",
    "nolose",
    "none",
    "nothing",
    "nobody",
    "unknown",
    "idontknow",
    "no",
    "yes",
    "test",
    "testing",
    "prueba",
    "pruebas",
    "hola",
    "hello",
    "respuesta",
    "answer",
    "pregunta",
    "question",
    "secreto",
    "secreta",
    "secret",
    "password",
    "contrasena",
    "clave",
    "clavesecreta",
    "admin",
    "administrador",
    "user",
    "usuario",
    "qwerty",
    "asdf",
    "asdfgh",
    "asdfghjkl",
    "abc",
    "abcd",
    "abcdef",
    "abc123",
    "123",
    "1234",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "654321",
    "321",
    "4321",
    "iloveyou",
    "teamo",
    "dios",
];

/// Why an answer is refused when it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerFault {
    /// Fewer than [`SHORTEST_ANSWER`] letters and digits.
    TooShort,
    /// More than [`LONGEST_ANSWER`] characters.
    TooLong,
    /// Anybody would try it: a name of the account's, a word of the question, or one of the commonest answers.
    Obvious,
}

impl CatalogueQuestion {
    /// The question of that name.
    pub fn named(name: &str) -> Option<Self> {
        CATALOGUE.into_iter().find(|question| question.name == name)
    }

    /// Whether `normalized` is a word of the question itself.
    pub fn says(self, normalized: &str) -> bool {
        self.words.contains(&normalized)
    }
}

/// What speaks against `answer`, if anything does. `known` is what others know of the account: names of person, user and
/// organization, and a question that the person wrote; what stands in one of them, or holds a whole one, is no secret.
pub fn answer_fault(answer: &str, known: &[&str]) -> Option<AnswerFault> {
    if answer.chars().count() > LONGEST_ANSWER {
        return Some(AnswerFault::TooLong);
    }
    let normalized = normalize_answer(answer);
    if normalized.chars().count() < SHORTEST_ANSWER {
        return Some(AnswerFault::TooShort);
    }
    let mut signs = normalized.chars();
    let first = signs.next();
    let one_sign = signs.all(|sign| Some(sign) == first);
    let is_known = known.iter().any(|text| {
        let text = normalize_answer(text);
        text.contains(&normalized) || (text.chars().count() >= SHORTEST_ANSWER && normalized == text)
    });
    (one_sign || is_known || TRIVIAL.contains(&normalized.as_str())).then_some(AnswerFault::Obvious)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 4] = ["amartinez", "Ana Martínez", "Seguros del Norte", "What is my boat called?"];

    // Q3
    #[test]
    fn an_answer_that_anybody_would_try_is_refused() {
        for (answer, fault) in [
            ("", AnswerFault::TooShort),
            (" ¡a-b! ", AnswerFault::TooShort),
            ("Martínez", AnswerFault::Obvious),
            ("AMARTINEZ", AnswerFault::Obvious),
            ("seguros", AnswerFault::Obvious),
            ("Boat", AnswerFault::Obvious),
            ("aaaaaa", AnswerFault::Obvious),
            ("I don't know", AnswerFault::Obvious),
            ("No sé", AnswerFault::Obvious),
            ("1 2 3 4", AnswerFault::Obvious),
        ] {
            assert_eq!(answer_fault(answer, &KNOWN), Some(fault), "{answer:?}");
        }
        assert_eq!(answer_fault(&"ñ".repeat(LONGEST_ANSWER + 1), &KNOWN), Some(AnswerFault::TooLong));
        for answer in ["La Niña de Guadalupe", "Rex", "Ñu 7", "馬の名前"] {
            assert_eq!(answer_fault(answer, &KNOWN), None, "{answer:?}");
        }
    }

    #[test]
    fn the_lists_are_written_as_answers_are_compared() {
        let words = CATALOGUE.iter().flat_map(|question| question.words).chain(&TRIVIAL);
        for word in words {
            assert_eq!(normalize_answer(word), *word);
        }
        for question in CATALOGUE {
            assert_eq!(CatalogueQuestion::named(question.name), Some(question), "names are unique");
        }
    }
}
