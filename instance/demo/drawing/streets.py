"""The streets of Ormevielle and Villeneuve-d'Ondrelle, invented like the rest, as a surveyor lists them."""

from __future__ import annotations

from instance.demo.drawing.plan import VILLENEUVE, Street

OLD_TOWN = (
    Street("Place du Bœuf Couronné", ((745, 558), (742, 592), (770, 604), (800, 592), (797, 558), (745, 556)), 7),
    Street("Grande Rue", ((180, 452), (300, 478), (400, 500), (515, 520), (640, 548), (735, 570))),
    Street("Grande Rue du Levant", ((808, 574), (900, 560), (1040, 540), (1180, 520), (1330, 515), (1490, 528))),
    Street("Rue du Pont Vieux", ((772, 610), (782, 690), (795, 800)), 7),
    Street("Quai des Lavandières", ((545, 748), (660, 800), (800, 820), (930, 792), (1010, 752)), 8),
    Street("Rue des Teinturiers", ((530, 700), (640, 742), (790, 756), (900, 728), (1012, 690)), 7.5),
    Street("Rue de la Corderie", ((518, 610), (640, 650), (780, 668), (900, 640), (1035, 612)), 7.5),
    Street("Rue du Puits Couvert", ((638, 556), (642, 650), (636, 738)), 7),
    Street("Rue des Trois Cloches", ((712, 572), (712, 660), (726, 748)), 7),
    Street("Rue du Four à Chaux", ((900, 566), (893, 640), (905, 722)), 7),
    Street("Rue Basse", ((968, 556), (966, 625), (972, 700)), 7),
    Street("Passage du Chapelier", ((842, 574), (838, 655)), 6.5),
    Street("Rue Honorine Vasselin", ((578, 540), (582, 632), (590, 720)), 7),
    Street("Impasse du Sabotier", ((682, 655), (680, 738)), 6.5),
    Street("Rue de l'Ancien Collège", ((520, 455), (640, 470), (760, 458), (880, 460), (1025, 478)), 8),
    Street("Rue des Carmélites", ((545, 408), (650, 402), (755, 392), (880, 392), (990, 410)), 8),
    Street("Rue Silvestre Audoin", ((662, 545), (668, 465), (658, 400), (652, 352)), 7),
    Street("Rue du Marché aux Laines", ((600, 532), (592, 465), (588, 404)), 7),
    Street("Rue du Plat d'Étain", ((868, 556), (878, 460), (880, 392), (882, 340)), 7),
    Street("Rue du Vieux Pressoir", ((955, 546), (952, 466), (945, 400), (942, 368)), 7),
    Street("Cour des Drapiers", ((705, 500), (712, 535)), 6),
    Street("Rue de la Halle", ((812, 564), (818, 460), (818, 392)), 7),
    Street("Rue Adèle Fombonne", ((768, 548), (760, 458), (753, 330), (748, 200), (750, 118), (752, 0)), 8.5),
    Street("Boulevard des Remparts", ((522, 735), (505, 640), (500, 560), (515, 470), (540, 400)), 10),
    Street(
        "Boulevard du Midi",
        ((548, 392), (610, 355), (700, 332), (790, 325), (880, 332), (950, 360), (998, 398)),
        10,
    ),
    Street("Boulevard du Levant", ((1003, 405), (1035, 470), (1048, 560), (1040, 650), (1027, 728)), 10),
)

LOCK = (
    Street("Quai des Hérons", ((540, 855), (660, 905), (800, 924), (945, 890), (1085, 822), (1160, 792)), 9),
    Street("Rue de l'Écluse", ((797, 930), (806, 1010), (800, 1100), (812, 1215)), 8),
    Street("Rue des Bateliers", ((560, 930), (680, 975), (806, 992), (950, 958), (1110, 888))),
    Street("Rue Célestin Mauroux", ((575, 1010), (690, 1050), (804, 1062), (960, 1032), (1130, 962))),
    Street("Rue des Mariniers", ((620, 1105), (700, 1128), (800, 1136), (960, 1108), (1120, 1050))),
    Street("Rue de la Passerelle", ((660, 912), (672, 972), (662, 1042), (655, 1115)), 8),
    Street("Rue du Bac", ((945, 896), (956, 955), (962, 1032), (966, 1108), (955, 1200)), 8),
    Street("Rue de la Forge aux Ancres", ((1085, 830), (1112, 888), (1128, 960), (1118, 1050)), 9),
    Street("Rue Joséphine Talabard", ((735, 922), (742, 985), (745, 1055), (735, 1130)), 8),
    Street("Rue des Saules", ((875, 914), (884, 975), (890, 1048), (884, 1122)), 8),
    Street("Allée des Roselières", ((1022, 862), (1036, 922), (1050, 996), (1044, 1078)), 9),
    Street("Chemin des Maraîchers", ((640, 1135), (700, 1185), (808, 1205), (955, 1185), (1090, 1150)), 12),
    Street("Impasse de la Loutre", ((608, 880), (612, 940)), 7),
    Street("Impasse du Vannier", ((1045, 1078), (1055, 1140)), 9),
    Street("Rue du Hangar à Sel", ((610, 955), (618, 1020), (628, 1100)), 9),
)

FAUBOURG = (
    Street(
        "Quai de la Filature",
        ((1035, 728), (1090, 705), (1180, 672), (1300, 660), (1450, 680), (1600, 735), (1660, 765)),
        10,
    ),
    Street("Rue des Tisserandes", ((1048, 605), (1180, 598), (1330, 592), (1490, 612), (1650, 650)), 8.5),
    Street("Rue de la Navette", ((1025, 448), (1180, 440), (1330, 430), (1490, 438), (1630, 460)), 8.5),
    Street("Rue du Docteur Perraudel", ((1060, 345), (1180, 352), (1330, 342), (1490, 345), (1590, 355)), 9),
    Street("Rue des Jardins Ouvriers", ((1110, 250), (1250, 264), (1400, 256), (1510, 264)), 12),
    Street("Rue des Fileuses", ((1098, 698), (1105, 600), (1112, 525), (1114, 440), (1112, 350), (1122, 262)), 8),
    Street("Rue de la Bobine", ((1200, 664), (1195, 596), (1196, 520), (1198, 440), (1202, 350), (1206, 268)), 8),
    Street(
        "Rue Eugénie Castanier",
        ((1300, 652), (1298, 592), (1300, 515), (1302, 432), (1306, 344), (1312, 264)),
        8.5,
    ),
    Street("Rue du Peignage", ((1395, 665), (1395, 600), (1396, 520), (1398, 434), (1404, 344), (1408, 262)), 8.5),
    Street("Rue de l'Ourdissoir", ((1490, 688), (1488, 610), (1490, 528), (1488, 440), (1492, 348)), 9),
    Street("Rue de la Sirène", ((1575, 718), (1570, 632), (1568, 545), (1562, 450), (1555, 355)), 10),
    Street("Avenue de la Gare aux Laines", ((1053, 570), (1150, 480), (1250, 390), (1360, 300), (1400, 262)), 9),
    Street("Cité Malbrun", ((1148, 440), (1150, 400)), 6),
    Street("Impasse des Cardeurs", ((1250, 598), (1248, 645)), 6.5),
    Street(
        "Allée des Anciennes Filatures Tisserandes",
        ((1345, 592), (1348, 650)),
        7,
        afnor="ALL ANCIENNES FILAT TISSERANDES",
    ),
    Street("Square Ninon Brachet", ((1440, 520), (1445, 470)), 7),
    Street("Route de Charmeval", ((1490, 528), (1600, 545), (1700, 560), (1830, 590)), 16),
)

ORCHARDS = (
    Street("Quai des Peupliers", ((495, 722), (400, 680), (250, 645), (100, 655), (0, 668)), 11),
    Street("Rue des Grands Vergers", ((498, 640), (370, 612), (220, 592), (90, 592)), 10),
    Street("Rue de la Reinette", ((495, 562), (330, 546), (200, 532), (50, 520)), 10),
    Street("Rue des Poiriers", ((510, 440), (390, 422), (250, 402), (100, 398)), 10),
    Street("Rue de la Mirabelle", ((525, 388), (420, 345), (280, 326), (130, 318)), 11),
    Street("Rue du Cidre", ((115, 648), (110, 590), (105, 525), (115, 455), (120, 400), (140, 322)), 11),
    Street("Rue des Ruches", ((215, 640), (218, 590), (212, 532), (222, 465), (228, 402), (240, 325)), 11),
    Street("Rue de la Serpette", ((322, 652), (318, 602), (325, 545), (332, 486), (335, 412), (345, 335)), 10),
    Street("Rue Pauline Achard", ((415, 680), (420, 622), (412, 555), (418, 505), (425, 426), (435, 352)), 9),
    Street("Allée des Greffeurs", ((468, 628), (466, 562), (462, 512)), 9),
    Street("Impasse du Verger Clos", ((268, 596), (270, 640)), 9),
    Street("Chemin de la Noue", ((60, 585), (45, 520), (80, 420), (100, 330)), 16),
    Street("Chemin du Pas de l'Âne", ((430, 262), (330, 262), (240, 268), (180, 290)), 14),
)

HILL = (
    Street("Avenue de la Gare", ((878, 322), (888, 200), (882, 110), (868, -25)), 9),
    Street("Rue des Tilleuls", ((450, 280), (560, 288), (750, 270), (885, 264), (1075, 282)), 9),
    Street("Rue de la Butte", ((400, 205), (500, 200), (600, 216), (748, 198), (888, 192), (1090, 212)), 9),
    Street("Rue du Réservoir", ((430, 120), (470, 122), (600, 142), (750, 120), (882, 112), (1085, 135)), 9.5),
    Street("Rue du Moulin Sourd", ((470, 50), (530, 42), (640, 62), (750, 45), (870, 42), (1030, 70)), 10),
    Street("Rue Hortense Laguerre", ((642, 340), (650, 218), (652, 142), (645, 62), (650, -30)), 8.5),
    Street("Rue des Lilas Blancs", ((572, 372), (566, 288), (562, 212), (548, 130), (536, 45)), 9),
    Street("Rue du Funiculaire", ((822, 318), (818, 200), (814, 116), (812, 45)), 8.5),
    Street("Rue Anselme Dutreil", ((952, 350), (960, 272), (968, 200), (965, 120), (955, 62)), 9),
    Street("Rue des Cheminots", ((1030, 355), (1030, 280), (1036, 205), (1030, 130)), 9),
    Street("Rue des Deux Octrois", ((536, 390), (480, 330), (420, 255), (378, 190)), 10),
    Street("Rue Lazare Besson", ((1006, 392), (1060, 330), (1090, 240), (1126, 180)), 10),
    Street("Villa des Glycines", ((700, 270), (702, 308)), 6),
    Street("Impasse du Rémouleur", ((698, 120), (700, 72)), 7),
    Street("Escalier des Capucins", ((608, 288), (606, 345)), 7),
    Street("Allée du Grand Tilleul", ((508, 285), (510, 345)), 9),
    Street(
        "Promenade des Lavandières de l'Ondrelle",
        ((700, -5), (800, -2), (860, -15)),
        9,
        afnor="PROM LAVANDIERES DE L ONDRELLE",
    ),
)

NEW_TOWN = (
    Street("Quai du Bourg", ((1205, 782), (1300, 768), (1450, 788), (1600, 842), (1655, 862)), 11, VILLENEUVE),
    Street("Rue de la Mairie", ((1170, 862), (1300, 848), (1450, 862), (1610, 912)), 9, VILLENEUVE),
    Street("Rue du Lavoir", ((1155, 942), (1300, 928), (1450, 942), (1610, 985)), 10, VILLENEUVE),
    Street("Rue des Écoles", ((1145, 1022), (1300, 1008), (1450, 1018), (1600, 1050)), 11, VILLENEUVE),
    Street("Rue du Pont Neuf", ((1330, 778), (1332, 850), (1335, 930), (1335, 1010), (1322, 1130)), 9, VILLENEUVE),
    Street(
        "Rue de la Tuilerie",
        ((1240, 780), (1242, 856), (1246, 935), (1238, 1015), (1240, 1120)),
        10,
        VILLENEUVE,
    ),
    Street(
        "Rue Marceline Ouvrard",
        ((1430, 790), (1428, 860), (1432, 940), (1430, 1018), (1425, 1090)),
        10,
        VILLENEUVE,
    ),
    Street("Rue du Champ de Foire", ((1530, 825), (1525, 885), (1528, 965), (1522, 1035)), 11, VILLENEUVE),
    Street("Impasse de l'Horloge", ((1380, 856), (1384, 905)), 7, VILLENEUVE),
    Street("Chemin de Halage", ((1200, 770), (1150, 782), (1095, 802)), 13, VILLENEUVE),
    Street("Chemin des Vignes Hautes", ((1238, 1120), (1300, 1135), (1425, 1095), (1560, 1100)), 15, VILLENEUVE),
    Street("Route de Saint-Ourse", ((1322, 1130), (1310, 1200), (1280, 1300)), 17, VILLENEUVE),
)

OUTSKIRTS = (
    Street("Chemin des Prairies", ((500, 905), (420, 880), (300, 850), (150, 862)), 19),
    Street("Route du Grand Étang", ((752, -35), (740, -110), (700, -190)), 18),
)

STREETS = OLD_TOWN + LOCK + FAUBOURG + ORCHARDS + HILL + NEW_TOWN + OUTSKIRTS
