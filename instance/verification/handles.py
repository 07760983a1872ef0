"""Handles to propose: two French words and a number, never anything of the person's name."""

from __future__ import annotations

import random

from instance.accounts import names

THINGS = (
    "abricot acacia amande aubepine avoine balcon bambou banc barque basilic bouleau boussole brioche bruyere cabane "
    "cadran caillou capucine cerise cerisier chevrefeuille cigale citron clairiere colline comptoir coquelicot "
    "coquille cornet cytise dahlia escalier fanal fenouil figue figuier fontaine fougere framboise galet genet "
    "girouette glycine grenier groseille haie hetre hibou houx iris jardin jasmin jonquille kiosque lanterne "
    "laurier lavande lierre lilas lucarne marelle marronnier melisse menthe mesange mimosa mirabelle moineau moulin "
    "muguet mure myrtille navette noisette noyer olivier orme oseille parasol passerelle peuplier pivoine platane "
    "poirier pommier potager preau primevere prune reverbere rocher romarin roseau sapin sauge saule serre sorbier "
    "sureau terrasse thym tilleul tonnelle tournesol treille trefle tulipe tuile verger verveine volet"
)
MANNERS = (
    "agile aimable alerte avenant bavard bleu brave calme clair curieux discret doux fidele franc gai habile jaune "
    "joyeux juste leger libre limpide malin matinal patient paisible prudent ravi rieur rose rouge sage "
    "serein simple sincere solide souple tendre tranquille vaillant vert vif"
)
_draw = random.SystemRandom()


def propose() -> str:
    """A free handle such as « tilleul_calme_42 »."""
    while True:
        handle = f"{_draw.choice(THINGS.split())}_{_draw.choice(MANNERS.split())}_{_draw.randrange(10, 100)}"
        if not names.is_taken(handle):
            return handle
