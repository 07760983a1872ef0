"""Letters on paper: read back from the PDF, with the place of each line in mm from the top left corner."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from pypdf import PageObject, PdfReader

from instance.verification.letters_pdf import Letter, LetterLook, printable, render

PT_MM = 25.4 / 72
A4_MM = (210, 297)
LINE_MM = 4.6
LETTER = Letter(
    recipient=("SALMA BENALI", "APPT 12 3E ETAGE", "BATIMENT B", "30 RUE RAMEY", "75018 PARIS"),
    name="Salma Benali",
    quartier="Clignancourt",
    code="K7PW3XQM",
    valid_until=date(2027, 1, 6),
    opposition_code="Q4RTMN28",
    reference="26-0412",
)
LOOK = LetterLook(
    instance="Quartier Libre Paris Nord-Est",
    sender=("Association Les Voisins du Nord-Est", "15 passage Ramey", "75018 Paris"),
    signed_by="Nadia K., pour l’association",
    town="Paris",
    day=date(2026, 11, 22),
    code_page="voisins-nord-est.example/code",
    opposition_page="voisins-nord-est.example/opposition",
)


@dataclass(frozen=True)
class Piece:
    """A line of text and where its baseline begins."""

    text: str
    x_mm: float
    y_mm: float
    size_pt: float
    font: str


def pages(pdf: bytes) -> list[PageObject]:
    return list(PdfReader(io.BytesIO(pdf)).pages)


def pieces(page: PageObject) -> list[Piece]:
    """Every line of the page, in the order in which it was written."""
    found: list[Piece] = []

    def visit(text: str, cm: Any, tm: list[float], font: dict[str, str], size_pt: float) -> None:
        if text.strip():
            y_mm = A4_MM[1] - tm[5] * PT_MM
            shown = text.strip().replace("\u00a0", " ")
            found.append(Piece(shown, tm[4] * PT_MM, y_mm, size_pt, font["/BaseFont"]))

    page.extract_text(visitor_text=visit)
    return found


def words(letter: Letter = LETTER, look: LetterLook = LOOK) -> str:
    """All that stands on the sheet, as one text."""
    return " ".join(piece.text for piece in pieces(pages(render([letter], look))[0]))


def address(page: PageObject) -> list[Piece]:
    return [piece for piece in pieces(page) if piece.font == "/Courier"]


class TestSheet:
    def test_it_is_a4_and_each_letter_has_its_own(self) -> None:
        letters = [replace(LETTER, reference=f"26-{number:04}") for number in range(100)]

        pdf = render(letters, LOOK)

        assert len(pages(pdf)) == 100
        for letter, page in zip(letters, pages(pdf), strict=True):
            assert f"Référence de cette lettre : {letter.reference}" in [p.text for p in pieces(page)]
            assert [round(float(side) * PT_MM) for side in page.mediabox[2:]] == list(A4_MM)
        assert len(pdf) < 200_000

    def test_the_longest_letter_still_ends_on_its_sheet(self) -> None:
        letter = replace(
            LETTER, recipient=("X" * 38,) * 6, name=f"{'Wilhelmina ' * 5}{'Wolkenstein-' * 5}W", quartier="W" * 60
        )  # fmt: skip
        long_page = f"{'w' * 63}.{'quartiers' * 3}.example/opposition"
        look = replace(LOOK, code_page=long_page, opposition_page=long_page, signed_by="W" * 80)

        page = pages(render([letter], look))[0]

        assert len(pages(render([letter], look))) == 1
        assert max(piece.y_mm for piece in pieces(page)) < A4_MM[1] - 10

    def test_its_file_names_nobody_and_is_the_same_each_time(self) -> None:
        pdf = render([LETTER], LOOK)

        reader = PdfReader(io.BytesIO(pdf))

        assert reader.metadata is not None
        assert reader.metadata.title == "Courriers"
        assert reader.metadata.author is None
        assert reader.xmp_metadata is None
        assert not {"Benali", "Clignancourt", "Ramey"} & set(str(reader.metadata).replace("'", " ").split())
        assert render([LETTER], LOOK) == pdf


class TestWindow:
    @pytest.mark.parametrize(("left_mm", "top_mm"), [(108.0, 50.0), (20.0, 45.0), (105.5, 47.25)])
    def test_the_address_stands_where_the_envelope_has_its_window(self, left_mm: float, top_mm: float) -> None:
        lines = address(pages(render([LETTER], replace(LOOK, left_mm=left_mm, top_mm=top_mm)))[0])

        assert [line.text for line in lines] == list(LETTER.recipient)
        for place, line in enumerate(lines):
            assert line.x_mm == pytest.approx(left_mm, abs=0.01)
            assert line.size_pt == 10.5
            assert top_mm + place * LINE_MM + 2 < line.y_mm < top_mm + (place + 1) * LINE_MM

    def test_six_lines_of_38_signs_fit_on_the_sheet(self) -> None:
        page = pages(render([replace(LETTER, recipient=("W" * 38,) * 6)], LOOK))[0]

        last = address(page)[-1]

        assert len(address(page)) == 6
        assert last.y_mm < 50 + 6 * LINE_MM
        assert last.x_mm + 38 * 0.6 * last.size_pt * PT_MM < 195

    def test_nothing_else_stands_in_the_window_or_on_the_first_fold(self) -> None:
        rest = [piece for piece in pieces(pages(render([LETTER], LOOK))[0]) if piece.font != "/Courier"]

        above = [piece for piece in rest if piece.y_mm < 99]

        assert [piece.text for piece in above] == [LOOK.instance, *LOOK.sender]
        assert all(piece.x_mm < 21 and piece.y_mm < 50 for piece in above)
        assert min(piece.y_mm for piece in rest if piece not in above) > 123

    def test_a_long_sender_goes_on_below_and_not_into_the_window(self) -> None:
        look = replace(LOOK, sender=("Association des voisines et des voisins du nord et de l’est de Paris",))

        head = [piece for piece in pieces(pages(render([LETTER], look))[0]) if piece.y_mm < 48]

        assert [piece.text for piece in head[1:]] == [
            "Association des voisines et des voisins du nord et de",
            "l’est de Paris",
        ]


class TestWords:
    @pytest.mark.parametrize(
        "said",
        [
            "Quartier Libre Paris Nord-Est Association Les Voisins du Nord-Est 15 passage Ramey 75018 Paris",
            "Paris, le 22 novembre 2026 Bonjour Salma Benali,",
            "rejoindre le quartier Clignancourt.",
            "K7PW-3XQM Recopiez-le sur cette page : voisins-nord-est.example/code",
            "Il vaut 45 jours, jusqu’au 6 janvier 2027, et ne sert qu’une fois.",
            "Vous n’avez rien demandé ?",
            "tapez ce code d’opposition, sans compte : Q4RT-MN28 sur cette page : voisins-nord-est.example/opposition",
            "À bientôt dans le quartier, Nadia K., pour l’association",
        ],
    )
    def test_a_letter_says_who_writes_what_to_do_and_how_to_refuse(self, said: str) -> None:
        assert said in words()

    def test_the_code_is_the_largest_thing_on_the_sheet(self) -> None:
        largest = max(pieces(pages(render([LETTER], LOOK))[0]), key=lambda piece: piece.size_pt)

        assert largest.text == "K7PW-3XQM"
        assert largest.size_pt >= 24

    def test_there_is_nothing_to_click_that_would_tell_who_reads(self) -> None:
        page = pages(render([LETTER], LOOK))[0]

        assert "/Annots" not in page
        assert "http" not in words()
        assert words().count("K7PW") == 1

    def test_the_first_of_a_month_and_a_last_day_read_as_in_french(self) -> None:
        look = replace(LOOK, day=date(2026, 12, 31), town="")
        letter = replace(LETTER, valid_until=date(2027, 1, 1))

        assert "Le 31 décembre 2026 Bonjour" in words(letter, look)
        assert "Il vaut 1 jour, jusqu’au 1er janvier 2027," in words(letter, look)

    def test_it_is_french_whatever_the_language_of_the_one_who_prints_it(self, app: Flask) -> None:
        with app.test_request_context(headers={"Accept-Language": "en"}):
            said = words()

        assert "Paris, le 22 novembre 2026 Bonjour Salma Benali," in said
        assert "Vous n’avez rien demandé" in said.replace("\u00a0", " ")


class TestSigns:
    @pytest.mark.parametrize(
        ("written", "printed"),
        [
            ("Œdipe L’Haÿ-Lœuillet", "Œdipe L’Haÿ-Lœuillet"),
            ("Łukasz Żółć", "Lukasz Zólc"),
            ("Nguyễn Thị Ánh Đặng", "Nguyên Thi Ánh Dang"),
            ("E\u0301lise", "Élise"),
            ("demandé\u202f? 5\u202f€ «\u00a0ici\u00a0»", "demandé\u00a0? 5\u00a0€ «\u00a0ici\u00a0»"),
            ("ﬁn", "fin"),
            ("田 🌱", "? ?"),
        ],
    )
    def test_letters_that_the_fonts_lack_are_written_with_their_nearest(self, written: str, printed: str) -> None:
        assert printable(written) == printed

    def test_such_a_name_stands_on_the_letter(self) -> None:
        assert "Bonjour Nguyên Œdipe Lukasz," in words(replace(LETTER, name="Nguyễn Œdipe Łukasz"))
