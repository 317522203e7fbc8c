"""Words and languages: enough to group texts and to name the groups."""

import pytest

from prodops.feedback.languages import language, other, usual
from prodops.feedback.words import content, is_content, root, surface


@pytest.mark.parametrize(("text", "name"), [
    ("The export is broken and I can not work", "English"), ("Der Export ist kaputt und ich kann nicht arbeiten", "German"),
    ("L'export ne marche pas et je suis bloqué", "French"), ("La exportación no funciona desde ayer y es urgente", "Spanish"),
    ("L'esportazione non funziona più da ieri, che peccato", "Italian"), ("A exportação não funciona, muito obrigado por nada", "Portuguese"),
    ("De export werkt niet meer en dat is niet goed voor ons", "Dutch"), ("软件看不懂", "Chinese"), ("ソフトが使えない", "Japanese"),
    ("Не работает", "Cyrillic"), ("لا يعمل", "Arabic"), ("Export kaputt", ""), ("", ""), ("12 😀", ""), ("xqz wvkp bnmt", ""),
    ("Sedan den senaste uppdateringen kraschar appen hela tiden", "Swedish"), ("Efter den seneste opdatering går appen ned hele tiden", "Danish"),
    ("Viimeisimmän päivityksen jälkeen sovellus kaatuu koko ajan", "Finnish"), ("Po ostatniej aktualizacji aplikacja ciągle się zawiesza", "Polish"),
    ("A legutóbbi frissítés óta folyamatosan összeomlik az alkalmazás", "Hungarian"), ("Son güncellemeden beri uygulama sürekli çöküyor", "Turkish"),
    ("Po poslední aktualizaci aplikace neustále padá", "Czech"), ("De la ultima actualizare aplicația se blochează mereu", "Romanian"),
    ("Sejak pembaruan terakhir aplikasi ini sering keluar sendiri", "Indonesian"), ("Tôi không thể đăng nhập vào tài khoản của mình", "Vietnamese"),
    ("После последнего обновления приложение постоянно вылетает", "Russian"), ("Не можу увійти до свого облікового запису", "Ukrainian"),
    ("بعد از آخرین به روز رسانی برنامه مدام بسته می شود", "Persian"), ("منذ التحديث الأخير يتعطل التطبيق باستمرار", "Arabic"),
    ("앱이 계속 멈춰요", "Korean"), ("Το πρόγραμμα δεν λειτουργεί", "Greek"), ("התוכנה לא עובדת", "Hebrew"),
    ("Impossible de se connecter avec mon compte", "French"), ("Kann mich nicht mehr anmelden, bitte um Hilfe", "German"),
    ("Crashes constantly since yesterday's update, please fix", "English"), ("[name] wrote to [e-mail] about https://x.example/der/die/das", "English"),
])  # fmt: skip
def test_language(text: str, name: str) -> None:
    """A language is named by its script, its function words or its letters; too little to tell is no language."""
    assert language(text) == name


def test_usual_and_other() -> None:
    """The usual language is the most frequent one; texts mostly in others say which."""
    english, german, french = "It is not what I want", "Das ist nicht was ich will", "Ce n'est pas ce que je veux"
    assert usual([english, german, english]) == "English"
    assert other([german, german, german, english], than="English") == "German"
    assert other([german, french], than="English") == "other languages"
    assert other([english, german], than="English") == ""
    assert other([], than="English") == ""


def test_how_much_is_looked_at() -> None:
    """The beginning of a long text tells its language, whatever stands far below."""
    assert (
        language("The export is broken and I can not work. " * 10 + "Der Export ist kaputt und ich kann nicht arbeiten. " * 500)
        == "English"
    )


def test_words() -> None:
    """Words keep inner apostrophes; links, handles and marks are none; scripts without spaces come in pairs."""
    assert surface("Can’t log in: https://x.example/a @ann [e-mail] 2FA") == ["can't", "log", "in", "2fa"]
    assert surface("看不懂 app") == ["看不", "不懂", "app"]
    assert surface("ऐप बहुत धीमा है। மெதுவாக cafe\u0301") == ["ऐप", "बहुत", "धीमा", "है", "மெதுவாக", "cafe\u0301"]
    assert surface("x" * 41) == []


def test_roots_and_content() -> None:
    """Plurals fold, praise is one word, and what says nothing of a theme is left out."""
    assert [root(word) for word in ("exports", "crashes", "entries", "status", "this", "awesome", "worst", "wi-fi")] == [
        "export", "crash", "entry", "status", "this", "great", "terrible", "wifi"]  # fmt: skip
    assert content("The awesome exports today, 12 times!") == ["great", "export"]
    assert not is_content("app")
    assert not is_content("7")
    assert is_content("2fa")
