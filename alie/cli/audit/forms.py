"""What Quebec's law has a clinic write down, and report, of a confidentiality incident: the fields, in their order.

Sources: chapter R-22.1, r. 1, sections 11 and 15 (health and social services information), and chapter A-2.1, r. 3.1,
sections 3 and 7, which sections 3.5 and 3.8 of chapter P-39.1 refer to (enterprises); legisquebec.gouv.qc.ca. The
labels are short names of ours; the regulations' own text is what counts. Sections 7 and 15, and section 11 up to
paragraph 9, were compared with it. Section 3 and what follows in section 11 were not: they are modelled on each other,
and have to be compared before a notice is sent.
"""

from __future__ import annotations

from dataclasses import dataclass

# What a field is about, where the log may know something of it.
INFORMATION, CIRCUMSTANCES, PERIOD, PERSONS = "information", "circumstances", "period", "persons"


@dataclass(frozen=True, slots=True)
class Item:
    """One field.

    Attributes:
        about: what it is about.
        en: its name in English.
        fr: its name in French.
    """

    about: str
    en: str
    fr: str


@dataclass(frozen=True, slots=True)
class Form:
    """A register's entry, or a notice.

    Attributes:
        law: where it is laid down.
        en: its name in English.
        fr: its name in French.
        items: its fields, numbered from 1 as the regulation numbers them.
    """

    law: str
    en: str
    fr: str
    items: tuple[Item, ...]


_INFORMATION = Item(
    INFORMATION,
    "Information concerned, or why it cannot be described",
    "Renseignements visés, ou raison pour laquelle ils ne peuvent être décrits",
)
_CIRCUMSTANCES = Item(CIRCUMSTANCES, "Circumstances, in brief", "Circonstances, en bref")
_CAUSE = Item(
    CIRCUMSTANCES, "Circumstances, in brief, and cause if known", "Circonstances, en bref, et cause si connue"
)
_PERIOD = Item(PERIOD, "Date or period of the incident", "Date ou période de l'incident")
_AWARE = Item("awareness", "Date or period when it became known", "Date ou période de la prise de connaissance")
_PERSONS = Item(PERSONS, "Number of persons concerned", "Nombre de personnes concernées")
_RESIDENTS = Item(
    PERSONS,
    "Number of persons concerned, and of those who reside in Québec",
    "Nombre de personnes concernées, et de celles qui résident au Québec",
)
_RISK = Item(
    "risk",
    "What led to concluding whether there is a risk of serious injury: sensitivity, possible uses, consequences, "
    "likelihood",
    "Éléments menant à conclure s'il existe un risque de préjudice sérieux : sensibilité, utilisations possibles, "
    "conséquences, probabilité",
)
_MEASURES = Item("measures", "Measures taken to reduce the risk", "Mesures prises pour diminuer les risques")
_NOTICES_OF_HEALTH = Item(
    "notices",
    "Dates of the notices to the Minister, the Commission and the persons; public notices, and why",
    "Dates des avis au ministre, à la Commission et aux personnes; avis publics, et pourquoi",
)
_NOTICES = Item(
    "notices",
    "Dates of the notices to the Commission and the persons; public notices, and why",
    "Dates des avis à la Commission et aux personnes; avis publics, et pourquoi",
)
_BODY = Item("body", "Name of the body concerned", "Nom de l'organisme visé")
_ENTERPRISE = Item(
    "body",
    "Name of the organization concerned, and its Québec business number if it has one",
    "Nom de l'organisation visée, et son numéro d'entreprise du Québec s'il y a lieu",
)
_CONTACT = Item("contact", "Person to contact, and how", "Personne à contacter, et ses coordonnées")
_TELLING = Item(
    "telling",
    "How and when the persons concerned were, or will be, notified",
    "Comment et quand les personnes concernées ont été ou seront avisées",
)
_PLANS = Item(
    "measures",
    "Measures taken or planned to reduce the risk and prevent new incidents, and when",
    "Mesures prises ou prévues pour diminuer les risques et prévenir de nouveaux incidents, et quand",
)
_ABROAD = Item(
    "abroad",
    "Whether a body outside Québec with similar duties was notified",
    "Si un organisme de l'extérieur du Québec aux responsabilités semblables a été avisé",
)


def _register(notices: Item) -> tuple[Item, ...]:
    return (_INFORMATION, _CIRCUMSTANCES, _PERIOD, _AWARE, _PERSONS, _RISK, notices, _MEASURES)


def _notice(body: Item) -> tuple[Item, ...]:
    return (
        *(body, _CONTACT, _INFORMATION, _CAUSE, _PERIOD, _AWARE, _RESIDENTS, _RISK),
        *(_TELLING, _PLANS, _ABROAD),
    )


FORMS = (
    Form(
        "R-22.1, r. 1, s. 15",
        "Register of confidentiality incidents (health information)",
        "Registre des incidents de confidentialité (renseignements de santé)",
        _register(_NOTICES_OF_HEALTH),
    ),
    Form(
        "R-22.1, r. 1, s. 11",
        "Notice to the Minister and to the Commission d'accès à l'information (health information)",
        "Avis au ministre et à la Commission d'accès à l'information (renseignements de santé)",
        _notice(_BODY),
    ),
    Form(
        "A-2.1, r. 3.1, s. 7 (P-39.1, s. 3.8)",
        "Register of confidentiality incidents (enterprises)",
        "Registre des incidents de confidentialité (entreprises)",
        _register(_NOTICES),
    ),
    Form(
        "A-2.1, r. 3.1, s. 3 (P-39.1, s. 3.5)",
        "Notice to the Commission d'accès à l'information (enterprises)",
        "Avis à la Commission d'accès à l'information (entreprises)",
        _notice(_ENTERPRISE),
    ),
)
