"""Every number that shapes the shop, in one place. Money in tetri unless a name says GEL."""

from datetime import date

SEED = 20240701
START, END = date(2024, 7, 1), date(2025, 12, 31)
CALENDAR_END = date(2026, 6, 30)
VAT = 18

# ---- season (5.2 of the syllabus): multiplicative, 1 is an ordinary day
YEARLY_WAVE = 0.12
WEEKDAY = {0: 1.00, 1: 0.98, 2: 0.99, 3: 1.02, 4: 1.10, 5: 1.01, 6: 0.90}
HOLIDAY = 0.70
# Height of the bump and its width in days before and after the peak.
BUMPS = {
    "new_year": (0.90, 9.0, 3.0),
    "mother_day": (0.55, 4.0, 1.0),
    "womens_day": (0.55, 3.0, 1.0),
    "easter": (0.35, 7.0, 1.0),
    "black_friday": (0.50, 1.5, 2.5),
}
# Growth: the level of demand on these days, straight lines between them.
GROWTH = {
    date(2024, 7, 1): 0.72,
    date(2024, 10, 1): 0.90,
    date(2025, 1, 1): 0.98,
    date(2025, 7, 1): 1.08,
    date(2025, 12, 31): 1.14,
}
# Share of a day's orders in each hour of Tbilisi: 22 % fall on another date in Los Angeles.
HOURS = [
    0.6, 0.4, 0.3, 0.2, 0.2, 0.3, 0.6, 1.6, 3.4, 5.4, 6.6, 6.0,
    5.6, 5.4, 5.0, 5.0, 5.2, 5.6, 6.4, 7.6, 9.0, 9.4, 6.8, 3.4,
]  # fmt: skip

# ---- places and people
CITIES = {
    "Tbilisi": 0.52,
    "Batumi": 0.13,
    "Kutaisi": 0.10,
    "Rustavi": 0.07,
    "Zugdidi": 0.04,
    "Gori": 0.04,
    "Poti": 0.03,
    "Telavi": 0.03,
    "Akhaltsikhe": 0.02,
    "Ozurgeti": 0.02,
}
LANGUAGES = {"ka": 0.84, "en": 0.09, "ru": 0.07}
DEVICES = ["ios", "android", "desktop"]
DEVICE_BLOCK = [0] * 5 + [1] * 4 + [2] * 3  # of 12 orders: numbers of DEVICES
CHANNELS = ["google_search", "google_brand", "meta", "tiktok", "email", "influencer", "organic"]
AD_CHANNELS = ["google_search", "google_brand", "meta", "tiktok"]
PLATFORM = {
    "google_search": "google",
    "google_brand": "google",
    "meta": "meta",
    "tiktok": "tiktok",
}

# ---- demand without advertising: orders a day at season 1
BASE_ORDERS = 27.0
# ---- what a channel truly adds: contribution a day in GEL at season 1 = a x / (x + b), x in GEL.
# a is calibrated so that the true ROMI over the whole period is the wanted one.
CURVES = {
    "google_search": (1105.0, 300.0),
    "google_brand": (28.5, 40.0),
    "meta": (846.0, 250.0),
    "tiktok": (203.0, 150.0),
}
WANTED_ROMI = {
    "google_search": 1.20,
    "google_brand": -0.70,
    "meta": 0.60,
    "tiktok": -0.20,
    "email": 4.00,
    "influencer": 0.10,
}
# Mean contribution of one order in GEL, after cancellations and returns (measured).
CONTRIBUTION_PER_ORDER = 31.2
# Incremental contribution for each GEL of full cost, by construction.
EMAIL_RETURN, INFLUENCER_RETURN = 4.80, 1.13

# ---- spend in GEL a day at season 1, and how the plan follows the year
NORMAL_SPEND = {"google_search": 150, "google_brand": 45, "meta": 200, "tiktok": 60}
PLAN_MONTH = {
    1: 0.85, 2: 1.00, 3: 1.15, 4: 1.05, 5: 0.95, 6: 0.90,
    7: 0.90, 8: 0.90, 9: 0.95, 10: 1.00, 11: 1.20, 12: 1.35,
}  # fmt: skip
AGENCY_PERCENT = 10
TOOLS_TETRI = {"google_search": 15_000, "google_brand": 3_000, "meta": 18_000, "tiktok": 6_000}
EMAIL_TOOL_CENTS = 16_000
EMAIL_AGENCY_TETRI = 55_000
INFLUENCER_TETRI = 150_000

# ---- who gets the last touch of an order, by what truly caused it
LAST_TOUCH = {
    "base": [0.06, 0.10, 0.04, 0.005, 0.08, 0.005, 0.71],
    "google_search": [0.80, 0.10, 0.02, 0.0, 0.0, 0.0, 0.08],
    "google_brand": [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    "meta": [0.07, 0.14, 0.56, 0.0, 0.03, 0.0, 0.20],
    "tiktok": [0.04, 0.10, 0.12, 0.52, 0.0, 0.0, 0.22],
    "giveaway": [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0],
    "email": [0.0, 0.05, 0.0, 0.0, 0.85, 0.0, 0.10],
    "influencer": [0.0, 0.10, 0.05, 0.0, 0.0, 0.60, 0.25],
    "new_year_box": [0.0, 0.05, 0.90, 0.0, 0.0, 0.0, 0.05],
}
# Chance that a platform claims an order, by what truly caused it (base for all the rest).
CLAIMS = {
    "meta": {"base": 0.80, "meta": 0.98, "new_year_box": 1.0},
    "google_search": {"base": 0.35, "google_search": 0.97},
    "google_brand": {"base": 0.24, "google_brand": 1.0},
    "tiktok": {"base": 0.20, "tiktok": 0.95, "giveaway": 1.0},
}

# ---- orders
# The checkout stood still on Black Friday 2025 between these hours (Tbilisi).
INCIDENT = ("2025-11-28 13:10", "2025-11-28 16:40")
CANCELLED, RETURNED, RETURN_DAYS = 0.04, 0.08, 14
POPULARITY = {
    "tea": 5, "honey": 5, "churchkhela": 5, "preserves": 3, "spices": 3, "gift_box": 4,
}  # fmt: skip
LINES_IN_ORDER = [0.30, 0.34, 0.22, 0.14]
QUANTITY = [0.70, 0.22, 0.08]

# ---- customers: chance a day to order again, young and old customers
REORDER_A_DAY = 0.0036
REORDER_HALF_AGE = 75.0
NEW_SHARE = {"google_search": 0.85, "meta": 0.88, "tiktok": 0.95, "influencer": 0.92}
GIVEAWAY_LOYALTY, TIKTOK_LOYALTY = 0.03, 0.5
NEWSLETTER_SHARE = 0.72

# ---- planted traps (5.3 of the syllabus)
T1_DAYS = (date(2024, 10, 7), date(2024, 11, 3))
T1_CTR = {"ios": 0.0140, "android": 0.0110, "desktop": 0.0320}
T1_NEW_BETTER = 1.15
T1_OLD_MIX, T1_NEW_MIX = [0.24, 0.20, 0.56], [0.50, 0.42, 0.08]
T2_DUPLICATES = 0.31
T3_DAY, T3_FACTOR = date(2025, 9, 15), 0.5
T3_IOS_DAY, T3_IOS_FACTOR = date(2025, 2, 3), 0.7
T4_CLAIMED = 1.6
T6_SKU, T6_CAMPAIGN = "GB07", "meta_gb07_new_year"
T6_DAYS, T6_ORDERS, T6_SPEND = (date(2024, 12, 2), date(2024, 12, 24)), 7, 60
T8_GAP = (date(2025, 7, 8), date(2025, 7, 10))
T8_ZERO = (date(2025, 8, 11), date(2025, 8, 30))
T13_DAYS, T13_ORDERS = (date(2025, 3, 10), date(2025, 4, 6)), 18
T13_CAMPAIGN, T13_DISCOUNT, T13_SPEND = "tiktok_giveaway", 55, 25
T15_CAMPAIGN, T15_DAYS, T15_SPEND = "meta_reels_trial", (date(2025, 11, 3), date(2025, 11, 12)), 24
T16_SHARES = [0.50, 0.70, 0.80, 0.90, 0.94, 0.97, 0.99, 1.0]

# ---- geo tests: 8 slots of levels, each once per weekday and city in 8 weeks
GEO_LEVELS = [0.0, 0.0, 1.0, 1.0, 0.4, 1.6, 2.2, 3.0]
GEO_START = {
    "google_brand": date(2024, 8, 5),
    "tiktok": date(2024, 9, 30),
    "google_search": date(2025, 1, 6),
    "meta": date(2025, 5, 5),
}
# Normal spend during the test, GEL a day.
GEO_SPEND = {"google_brand": 45, "tiktok": 60, "google_search": 165, "meta": 200}
GEO_WEEKS = 8
EMAIL_TEST = (date(2025, 7, 1), date(2025, 9, 30))
EMAIL_CONTROL = 0.20
SESSIONS = (date(2025, 9, 1), date(2025, 10, 26))
CONV_LOG_START = date(2025, 1, 1)
