"""The shop: its tables are what the dictionary says, and every planted trap can be found."""

import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from course.company import UnknownTable, describe, generate, load, tables
from course.company.reading import TABLES, dictionary

TRUTH = json.loads(Path(generate.KEYS, "truth.json").read_text(encoding="utf-8"))
NAMES = list(dictionary())
AD_CHANNELS = ["google_search", "google_brand", "meta", "tiktok"]


def published_sums():
    lines = (TABLES / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {name.removesuffix(".csv"): digest for digest, name in map(str.split, lines)}


def local(times):
    return times.dt.tz_convert("Asia/Tbilisi").dt.tz_localize(None)


def half_up_net(gross):
    return np.sign(gross) * ((abs(gross) * 200 + 118) // 236)


@pytest.fixture(scope="module")
def sold():
    """Delivered orders with their refund, contribution, Tbilisi time and customer."""
    refund = load("returns").groupby("order_id")["refund_tetri"].sum()
    orders = load("orders").query("status == 'delivered'")
    orders["refund_tetri"] = orders["order_id"].map(refund).fillna(0).astype("int64")
    net = half_up_net(orders["gross_tetri"] - orders["refund_tetri"])
    orders["contribution_tetri"] = net - orders["cogs_tetri"] - orders["variable_tetri"]
    orders["local"] = local(orders["ts_utc"])
    customers = load("customers")[["customer_id", "city", "giveaway", "first_channel"]]
    return orders.merge(customers, on="customer_id")


def fees_on_media(channel):
    """Agency and tools of a channel as a share of its media."""
    bills = load("invoices").query("channel == @channel and kind != 'media'")
    media = load("ads_daily").query("channel == @channel")["cost_tetri"].sum()
    return bills["tetri"].sum() / media


# ---------------------------------------------------------------- files and dictionary


def test_the_generator_makes_exactly_the_published_tables(tmp_path):
    made, truth = generate.build()
    (tmp_path / "keys").mkdir()
    generate.write(made, truth, tmp_path / "tables", tmp_path / "keys")
    for name in ("tables/SHA256SUMS", "keys/truth.json"):
        published = generate.TABLES.parent if name.startswith("tables") else generate.KEYS.parent
        assert (tmp_path / name).read_text("utf-8") == (published / name).read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_the_published_one(name):
    data = gzip.decompress((TABLES / f"{name}.csv.gz").read_bytes())
    assert hashlib.sha256(data).hexdigest() == published_sums()[name]
    assert b"\r" not in data


def test_the_files_are_those_of_the_dictionary_and_small():
    files = {path.name.removesuffix(".csv.gz") for path in TABLES.glob("*.csv.gz")}
    assert files == set(NAMES) == set(published_sums())
    assert sum(path.stat().st_size for path in TABLES.iterdir()) < 10_000_000


@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_what_the_dictionary_says(name):
    entry, table = dictionary()[name], load(name)
    assert list(table.columns) == [column["name"] for column in entry["columns"]]
    assert len(table) > 0
    if entry["key"]:
        assert not table.duplicated(entry["key"]).any()
    for column in entry["columns"]:
        values, kind = table[column["name"]], column["type"]
        assert column.get("missing", False) or not values.isna().any(), column["name"]
        if kind in ("tetri", "cents", "minor", "integer"):
            assert pd.api.types.is_integer_dtype(values)
        elif kind == "flag":
            assert values.dtype == bool
        elif kind == "time":
            assert str(values.dt.tz) == "UTC"
        elif kind == "date":
            assert values.dt.tz is None
            assert values.dropna().eq(values.dropna().dt.normalize()).all()
        elif kind == "share":
            assert values.dropna().between(0, 1).all()
        elif kind == "rate":
            assert pd.api.types.is_float_dtype(values)
        else:
            assert isinstance(values.dtype, pd.StringDtype)
            assert values.dropna().eq(values.dropna().str.strip()).all() or name == "sessions"
        if "values" in column:
            assert set(values.dropna()) == set(column["values"])
        if "refers" in column:
            other, key = column["refers"].split(".")
            assert values.dropna().isin(load(other)[key]).all()


def test_every_column_named_in_tetri_is_whole_tetri():
    for name in NAMES:
        for column in dictionary()[name]["columns"]:
            assert column["type"] == "tetri" or not column["name"].endswith("tetri")


def test_load_gives_a_fresh_copy():
    changed = load("fx")
    changed["usd_gel"] = 0.0
    assert load("fx")["usd_gel"].min() > 2


def test_an_unknown_table_is_answered_with_the_names():
    with pytest.raises(UnknownTable, match="Did you mean 'orders'") as error:
        load("oders")
    assert isinstance(error.value, KeyError)
    assert "ads_daily" in str(error.value)


@pytest.mark.parametrize("name", ["truth", "../keys/truth", "truth.json", ""])
def test_the_truth_cannot_be_loaded(name):
    with pytest.raises(UnknownTable):
        load(name)


def test_a_missing_file_says_how_to_get_it_back(monkeypatch, tmp_path):
    from course.company import reading

    monkeypatch.setattr(reading, "TABLES", tmp_path)
    reading._read.cache_clear()
    with pytest.raises(FileNotFoundError, match=r"python -m course\.company\.generate"):
        load("fx")


def test_tables_and_describe():
    listed = tables().set_index("name")
    assert list(listed.index) == NAMES
    assert listed.loc["orders", "rows"] == len(load("orders"))
    assert describe("orders")["name"].tolist() == list(load("orders").columns)


# ---------------------------------------------------------------- the tables agree


def test_an_order_is_the_sum_of_its_lines():
    goods = load("products").set_index("sku")
    lines = load("order_lines")
    for cost in ("cogs_tetri", "variable_tetri"):
        lines[cost] = lines["quantity"] * lines["sku"].map(goods[cost])
    full = lines["quantity"] * lines["sku"].map(goods["price_gross_tetri"])
    lines["discount_tetri"] = full - lines["gross_tetri"]
    money = ["gross_tetri", "discount_tetri", "cogs_tetri", "variable_tetri"]
    sums = lines.groupby("order_id")[money].sum()
    pd.testing.assert_frame_equal(sums, load("orders").set_index("order_id")[money])


def test_orders_fill_the_period_and_are_in_order_of_time():
    orders = load("orders")
    days = local(orders["ts_utc"]).dt.normalize()
    assert days.nunique() == 549
    assert (days.min(), days.max()) == (pd.Timestamp("2024-07-01"), pd.Timestamp("2025-12-31"))
    assert orders["ts_utc"].is_monotonic_increasing
    assert 25_000 <= len(orders) <= 36_000


def test_first_order_and_first_channel_are_those_of_the_orders(sold):
    customers = load("customers").set_index("customer_id")
    first = sold.groupby("customer_id")["local"].min().dt.normalize()
    assert customers["first_order"].dropna().eq(first).all()
    channel = load("orders").drop_duplicates("customer_id").set_index("customer_id")["last_touch"]
    assert customers["first_channel"].eq(channel).all()


def test_cost_in_tetri_is_the_cost_at_the_last_official_rate():
    ads = load("ads_daily").sort_values("date", kind="stable")
    ads = pd.merge_asof(ads, load("fx"), on="date")
    exact = (
        ads["cost_minor"] * (ads["usd_gel"] * 10_000).round().astype("int64") + 5_000
    ) // 10_000
    assert ads["cost_tetri"].eq(exact.where(ads["currency"] == "USD", ads["cost_minor"])).all()


def test_geo_test_counts_the_orders_of_the_shop(sold):
    geo = load("geo_test")
    counted = sold.groupby(["city", sold["local"].dt.normalize()]).size()
    place = pd.MultiIndex.from_frame(geo[["city", "day"]])
    assert geo["orders"].eq(counted.reindex(place, fill_value=0).to_numpy()).all()
    spent = geo.groupby(["channel", "day"])["spend_tetri"].sum()
    cost = load("ads_daily").groupby(["channel", "date"])["cost_tetri"].sum()
    assert spent.eq(cost.reindex(spent.index)).all()


def test_geo_test_is_balanced():
    geo = load("geo_test")
    slots = geo.groupby(["channel", "city", geo["day"].dt.day_of_week, "level"]).size()
    expected = slots.index.get_level_values("level").map(lambda level: 2 if level in (0, 1) else 1)
    assert slots.eq(expected).all()


def test_email_margin_is_that_of_the_orders(sold):
    inside = sold[sold["local"].between("2025-07-01", "2025-10-01", inclusive="left")]
    money = ["gross_tetri", "refund_tetri", "cogs_tetri", "variable_tetri"]
    sums = inside.groupby("customer_id")[money].sum()
    margin = half_up_net(sums["gross_tetri"] - sums["refund_tetri"])
    margin = margin - sums["cogs_tetri"] - sums["variable_tetri"]
    test = load("email_test").set_index("user")["margin_tetri"]
    assert test.eq(margin.reindex(test.index, fill_value=0)).all()


def test_the_last_touch_of_an_order_is_its_last_touch():
    orders = load("orders").set_index("order_id")
    touches = load("touches")
    before = touches[touches["ts_utc"] <= touches["order_id"].map(orders["ts_utc"])]
    last = before.drop_duplicates("order_id", keep="last").set_index("order_id")["channel"]
    assert orders["last_touch"].eq(last).all()


def test_holidays_of_the_calendar():
    calendar = load("calendar").set_index("date")
    assert calendar.loc["2025-05-17", "is_holiday"]
    for day in ("2025-04-18", "2025-04-20", "2025-04-21", "2026-04-12", "2025-01-02"):
        assert calendar.loc[day, "is_holiday"], day
    assert not calendar.loc["2025-04-21", "is_workday"]
    assert calendar.loc["2025-04-22", "is_workday"]


def test_fx_has_banking_days_only():
    fx = load("fx").merge(load("calendar"), on="date")
    assert fx["is_workday"].all()


def test_incident_of_black_friday(sold):
    impact = load("incident_impact")
    day = sold[sold["local"].dt.normalize() == "2025-11-28"]
    assert impact["orders"].sum() == len(day)
    assert not day["local"].between("2025-11-28 13:10", "2025-11-28 16:40").any()


# ---------------------------------------------------------------- true and attributed ROMI


@pytest.mark.parametrize("channel", list(TRUTH["channels"]))
def test_true_romi_is_the_wanted_one(channel):
    found = TRUTH["channels"][channel]
    assert found["incremental_romi"] == pytest.approx(found["wanted_romi"], abs=0.10)


@pytest.mark.parametrize("channel", AD_CHANNELS)
def test_geo_test_shows_the_wanted_romi(channel):
    geo = load("geo_test").query("channel == @channel")
    treated, control = geo.query("level == 1"), geo.query("level == 0")
    difference = treated["contribution_tetri"].mean() - control["contribution_tetri"].mean()
    cost = treated["spend_tetri"].sum() * (1 + fees_on_media(channel))
    romi = (difference * len(treated) - cost) / cost
    assert romi == pytest.approx(TRUTH["channels"][channel]["wanted_romi"], abs=0.10)


def test_email_test_shows_the_wanted_romi():
    test = load("email_test")
    mean = test.groupby("group")["margin_tetri"].mean()
    bills = load("invoices").query("channel == 'email'")
    cost = bills.loc[bills["month"].between("2025-07", "2025-09"), "tetri"].sum()
    gain = (mean["treated"] - mean["control"]) * (test["group"] == "treated").sum()
    assert (gain - cost) / cost == pytest.approx(4.0, abs=0.10)


def test_email_orders_in_the_test_went_to_the_treated_group(sold):
    test = load("email_test").set_index("user")
    inside = sold[sold["local"].between("2025-07-01", "2025-10-01", inclusive="left")]
    orders = inside.groupby("customer_id").size().reindex(test.index, fill_value=0)
    by_group = orders.groupby(test["group"]).mean()
    assert by_group["treated"] > 1.3 * by_group["control"]


# ---------------------------------------------------------------- the traps


def test_t1_new_creative_wins_on_each_device_and_loses_the_total():
    trial = load("ads_daily").dropna(subset="creative")
    assert [str(day.date()) for day in (trial["date"].min(), trial["date"].max())] == TRUTH["T1"][
        "days"
    ]
    sums = trial.groupby(["creative", "device"])[["impressions", "clicks"]].sum()
    ctr = sums["clicks"] / sums["impressions"]
    assert (ctr["New"] > ctr["Old"]).all()
    weights = sums["impressions"].groupby("device").sum()
    adjusted = (ctr["New"] * weights).sum() / (ctr["Old"] * weights).sum() - 1
    assert adjusted == pytest.approx(TRUTH["T1"]["new_better"], abs=0.02)
    total = sums.groupby("creative").sum()
    total = total["clicks"] / total["impressions"]
    assert total["New"] < 0.8 * total["Old"]


def test_t2_share_of_duplicate_conversions():
    log = load("conv_log")
    assert log["order_id"].duplicated().mean() == pytest.approx(0.31, abs=0.0005)
    assert log["order_id"].nunique() == TRUTH["T2"]["orders"]


def least_squares_change(values):
    """Index of the first value of the new regime, at least a tenth of the values each side."""
    edge = len(values) // 10
    squares = {
        k: values[:k].var() * k + values[k:].var() * (len(values) - k)
        for k in range(edge, len(values) - edge)
    }
    return min(squares, key=squares.get)


def test_t3_platform_change_is_found_to_the_day():
    meta = load("ads_daily").query("channel == 'meta'")
    series = meta.groupby("date")["conv_reported"].sum()["2025-07-20":"2025-11-10"]
    change = least_squares_change(series.to_numpy())
    assert abs((series.index[change] - pd.Timestamp(TRUTH["T3"]["day"])).days) <= 2
    assert series.iloc[:change].mean() >= 40
    effect = series.iloc[change:].mean() / series.iloc[:change].mean()
    search = load("ads_daily").query("channel == 'google_search'")
    search = search.groupby("date")["conv_reported"].sum()["2025-07-20":"2025-11-10"]
    market = search.iloc[change:].mean() / search.iloc[:change].mean()
    assert effect / market == pytest.approx(TRUTH["T3"]["factor"], abs=0.06)


def test_t3_ios_loss_is_found_against_android():
    meta = load("ads_daily").query("channel == 'meta'")
    daily = meta.pivot_table(index="date", columns="device", values="conv_reported", aggfunc="sum")
    before, after = daily["2025-01-06":"2025-02-02"].sum(), daily["2025-02-03":"2025-03-02"].sum()
    effect = (after["ios"] / before["ios"]) / (after["android"] / before["android"])
    assert effect == pytest.approx(TRUTH["T3"]["ios_factor"], abs=0.05)


def test_t4_platforms_claim_more_orders_than_there_are():
    claimed = load("ads_daily")["conv_reported"].sum()
    assert claimed / len(load("orders")) == pytest.approx(TRUTH["T4"]["claimed"], abs=0.02)


def test_t5_brand_search_looks_best_and_loses_money(sold):
    media = load("ads_daily").query("channel == 'google_brand'")["cost_tetri"].sum()
    cost = media * (1 + fees_on_media("google_brand"))
    earned = sold.query("last_touch == 'google_brand'")["contribution_tetri"].sum()
    assert earned / cost - 1 == pytest.approx(TRUTH["T5"]["last_touch_romi"], abs=0.15)
    assert TRUTH["channels"]["google_brand"]["incremental_romi"] < -0.6


def test_t6_campaign_with_good_roas_on_a_sku_that_loses_money():
    planted = TRUTH["T6"]
    campaign = load("ads_daily").query("campaign == @planted['campaign']")
    assert campaign["value_reported_tetri"].sum() > 5 * campaign["cost_tetri"].sum()
    goods = load("products")
    net = half_up_net(goods["price_gross_tetri"])
    loses = goods[net < goods["cogs_tetri"] + goods["variable_tetri"]]
    assert loses["sku"].tolist() == [planted["sku"]]
    lines = load("order_lines").query("sku == @planted['sku']")
    days = local(lines["order_id"].map(load("orders").set_index("order_id")["ts_utc"]))
    in_campaign = days.between(planted["days"][0], planted["days"][1] + " 23:59:59")
    assert in_campaign.sum() > 0.7 * len(lines)


def test_t7_invoices_bank_and_platform_differ_as_planted():
    bills = load("invoices")
    ads = load("ads_daily")
    ads["month"] = ads["date"].dt.strftime("%Y-%m")
    platform = ads.groupby(["channel", "month"])["cost_minor"].sum()
    media = bills.query("kind == 'media' and channel in @AD_CHANNELS")
    own = media.query("not credit_note").set_index(["channel", "month"])
    billed = own["usd_cents"].where(own["currency"] == "USD", own["tetri"])
    differs = (billed - platform).loc[lambda gap: gap != 0]
    assert differs["meta"].to_dict() == {"2025-03": 4215, "2025-10": 1000}
    assert list(differs["tiktok"].index) == ["2025-07"]
    assert len(differs) == 3
    credit = media.query("credit_note").set_index("month")["usd_cents"]
    assert (-credit).to_dict() == TRUTH["T7"]["credit_notes_cents"]

    payments = load("bank")
    paid = payments["reference"].str.split().explode()
    assert sorted(set(bills["invoice_id"]) - set(paid)) == TRUTH["T7"]["unpaid"]
    assert not paid.duplicated().any()
    together = payments.loc[payments["reference"].str.contains(" "), "reference"].str.split()
    assert sorted(together) == sorted(TRUTH["T7"]["paid_together"])
    dollars = bills[bills["currency"] == "USD"].groupby("invoice_id")["usd_cents"].sum()
    single = payments[payments["reference"].isin(dollars.index)].sort_values("date")
    single = pd.merge_asof(single, load("fx"), on="date")
    official = single["reference"].map(dollars) * single["usd_gel"]
    assert (single["tetri"] / official - 1).between(0.003, 0.02).all()


def test_t8_gap_is_not_zero_spend():
    tiktok = load("ads_daily").query("platform == 'tiktok'")
    period = pd.date_range("2024-07-01", "2025-12-31")
    missing = period.difference(tiktok["date"])
    assert list(missing) == list(pd.date_range(*TRUTH["T8"]["gap"]))
    cost = tiktok.groupby("date")["cost_tetri"].sum()
    assert list(cost.index[cost == 0]) == list(pd.date_range(*TRUTH["T8"]["zero"]))
    assert len(cost[cost == 0]) == 20


def test_t9_orders_on_another_date_in_los_angeles():
    times = load("orders")["ts_utc"]
    here = times.dt.tz_convert("Asia/Tbilisi").dt.date
    zone = TRUTH["T9"]["zone"]
    assert set(load("ads_daily").query("platform == 'meta'")["account_tz"]) == {zone}
    share = (times.dt.tz_convert(zone).dt.date != here).mean()
    assert share >= 0.20
    assert share == pytest.approx(TRUTH["T9"]["other_date_share"], abs=0.01)
    assert (times.dt.date != here).mean() < 0.02


def test_t10_returns(sold):
    back = load("returns").merge(sold, on="order_id", suffixes=("", "_order"))
    assert len(back) == len(load("returns"))
    assert len(back) / len(sold) == pytest.approx(TRUTH["T10"]["returned_share"], abs=0.005)
    assert (back["ts_utc"] - back["ts_utc_order"]).max() <= pd.Timedelta(days=14)
    assert (back["refund_tetri"] <= back["gross_tetri"]).all()


def pooled_z(bought, people):
    share = bought.sum(axis=1) / people.sum(axis=1)
    error = np.sqrt(share * (1 - share) * (1 / people["A"] + 1 / people["B"]))
    return (bought["B"] / people["B"] - bought["A"] / people["A"]) / error


def test_t11_three_tests():
    users = load("ab_users")
    daily = users.pivot_table(
        index=["test", "day"], columns="variant", values="converted", aggfunc=["sum", "size"]
    )
    so_far = daily.groupby("test").cumsum()
    z = pooled_z(so_far["sum"], so_far["size"])
    last = z.groupby("test").last()
    people = so_far["size"].groupby("test").last()
    split = ((people.sub(people.sum(axis=1) / 2, axis=0)) ** 2).div(people.sum(axis=1) / 2, axis=0)
    chi_square = split.sum(axis=1)
    # Alarm at p < .001: chi-square above 10.83; an effect at p < .05: |z| above 1.96.
    assert list(chi_square > 10.83) == [False, True, False]
    assert last[1] > 1.96
    assert last[2] > 1.96
    assert abs(last[3]) < 1.96
    assert z[3].abs().max() > 1.96
    assert people.loc[1].tolist() == [30_000, 30_000]
    assert people.loc[2].tolist() == [12_650, 11_800]


def test_t12_search_terms():
    terms = load("search_terms").query("not is_brand").groupby("term")[["clicks", "conv"]].sum()
    zeros = terms.query("conv == 0")
    assert sorted(zeros.index[zeros["clicks"] >= 59]) == TRUTH["T12"]["waste"]
    assert sorted(zeros.index[zeros["clicks"] < 59]) == TRUTH["T12"]["short_of_data"]
    assert (len(TRUTH["T12"]["waste"]), len(TRUTH["T12"]["short_of_data"])) == (3, 6)
    assert terms["conv"].sum() / terms["clicks"].sum() == pytest.approx(0.05, abs=0.005)


def test_t13_giveaway_customers_do_not_come_back(sold):
    month = sold["local"].dt.to_period("M")
    first = month.groupby(sold["customer_id"]).transform("min")
    age = (month - first).map(lambda gap: gap.n)
    seen = sold[first <= "2025-06"].assign(age=age)

    def month_6(customers):
        active = customers.query("age == 6")["customer_id"].nunique()
        return active / customers["customer_id"].nunique()

    assert seen.query("giveaway")["customer_id"].nunique() > 400
    assert month_6(seen.query("giveaway")) < 0.005
    others = seen.query("not giveaway and first_channel != 'tiktok'")
    for _, customers in others.groupby("first_channel"):
        assert 0.02 < month_6(customers) < 0.07


@pytest.mark.parametrize("channel", ["google_search", "meta", "tiktok"])
def test_t14_saturation_is_found_by_a_grid(channel):
    geo = load("geo_test").query("channel == @channel")
    by_level = geo.groupby("level")[["spend_tetri", "contribution_tetri"]].mean() / 10
    days = geo.groupby("level").size() / 10
    spend, gain = by_level["spend_tetri"], by_level["contribution_tetri"]
    weight = np.sqrt(days)

    def misfit(b):
        columns = np.column_stack([np.ones(len(spend)), spend / (spend + b)])
        fitted, *_ = np.linalg.lstsq(columns * weight.to_numpy()[:, None], gain * weight)
        return float(((columns @ fitted - gain) ** 2 * days).sum()), fitted[1]

    best_b = min(range(20, 600), key=lambda b: misfit(b)[0])
    planted = TRUTH["T14"][channel]
    assert best_b == pytest.approx(planted["b_gel"], rel=0.20)
    assert misfit(best_b)[1] == pytest.approx(planted["a_gel"], rel=0.20)


def test_t15_spend_without_approval():
    ads = load("ads_daily").groupby(["campaign", "date"], as_index=False)["cost_tetri"].sum()
    ads = ads.merge(load("approvals"), on="campaign", how="left")
    none = ads[ads["approval_id"].isna()]
    assert set(none["campaign"]) == {TRUTH["T15"]["without_approval"]}
    inside = ads[ads["date"].between(ads["valid_from"], ads["valid_to"])]
    every = ads.drop_duplicates(["campaign", "date"]).set_index(["campaign", "date"])
    outside = every.index.difference(inside.set_index(["campaign", "date"]).index)
    out_of_dates = set(outside.get_level_values("campaign")) - set(none["campaign"])
    assert out_of_dates == {TRUTH["T15"]["out_of_dates"]}
    spent = inside.groupby("approval_id")["cost_tetri"].sum()
    approvals = load("approvals").set_index("approval_id")
    over = approvals[spent.reindex(approvals.index) > approvals["limit_tetri"]]
    assert over["campaign"].tolist() == ["meta_prospecting"]
    assert over["valid_to"].dt.strftime("%Y-%m-%d").tolist() == ["2025-12-31"]


def test_t16_last_days_are_immature():
    share = load("lag").set_index("age_days")["share"]
    assert share.tolist() == TRUTH["T16"]["shares"]
    daily = load("ads_daily").groupby("date")["conv_reported"].sum()
    orders = load("orders")
    per_order = daily / local(orders["ts_utc"]).dt.normalize().value_counts()
    usual = per_order["2025-11-01":"2025-12-20"].mean()
    assert per_order["2025-12-31"] / usual == pytest.approx(share[0], abs=0.12)
    assert per_order["2025-12-30"] / usual == pytest.approx(share[1], abs=0.12)


def test_t17_dirty_labels_are_put_right_by_the_rules():
    visits = load("sessions")
    rules = load("utm_rules").set_index(["field", "raw"])["clean"]
    assert visits["source"].str.contains("@", na=False).any()
    tidy = visits["source"].fillna("").str.strip().str.lower().replace(rules["source"].to_dict())
    raw = visits["source"].nunique()
    assert tidy.nunique() < raw - 5
    assert {"facebook", "instagram", "tiktok", "google", "newsletter"} <= set(tidy)
    assert not {"fb", "ig", "google%20", "tik tok"} & set(tidy)
