"""A mail's trimmings go, in the languages that people write; what the person says stays."""

import pytest

from prodops.feedback import clean


@pytest.mark.parametrize("reply", [
    "On Mon, 3 Nov 2025 at 10:00, Ann Lee <ann@a.example> wrote:\n> old", "On Mon, 3 Nov 2025 at 10:00, Ann Lee <\nann@a.example> wrote:\nold",
    "Am 3.11.2025 um 10:00 schrieb Ann:\nalt", "Le 3 nov. 2025 à 10:00, Ann a écrit :\nvieux", "El 3 nov 2025, Ann escribió:\nviejo",
    "From: Ann\nSent: Monday\nTo: Bob\nSubject: x\n\nold", "-----Original Message-----\nold", "____________________\nold",
    "##- Please type your reply above this line -##\nold", "> old", "> old\n> older",
])  # fmt: skip
def test_replies(reply: str) -> None:
    """What another wrote below is cut off, with the line that announces it."""
    assert clean("It fails again.\n\n" + reply) == "It fails again."


@pytest.mark.parametrize("ending", [
    "-- \nAnn Lee\nAcme Ltd", "Best regards,\nAnn Lee\nCTO, Acme\n+49 30 1234", "Mit freundlichen Grüßen\nAnn Lee", "Cordialement,\nAnn", "Saludos,\nAna",
    "Thanks,\nAnn\n\nKind regards,\nAnn Lee\n\nThanks\nAnn", "Sent from my iPhone", "Get Outlook for iOS", "--",
    "This message was scanned for viruses.", "Registered office: 1 Example Street", "Von meinem iPhone gesendet",
])  # fmt: skip
def test_signatures(ending: str) -> None:
    """Farewells with a name, signatures below two dashes and a phone's footer are cut off, even when they stack up."""
    assert clean("It fails again.\n\n" + ending) == "It fails again."


@pytest.mark.parametrize(
    "same",
    [
        "On page 3 you wrote a wrong price",
        "Thanks\nbut it still fails every day",
        "> 5 people have this",
        "From: nowhere to: here",
        "Let me unsubscribe at any time",
        "This message was sent to all of us",
    ],
)
def test_what_only_looks_like_a_mail(same: str) -> None:
    """Words that mails use too stay where no mail is."""
    assert clean(same) == same
