"""Other right ways for communication: one result told to three readers, in both languages."""


def ceo_in_georgian(r):
    decision = "გავაგრძელოთ" if r["profit_gel"] >= 0 else "შევწყვიტოთ"
    cost = f"{r['cost_gel']:,.2f}".replace(",", "\u00a0").replace(".", ",")
    romi = f"{r['romi'] * 100:.1f}".replace(".", ",")
    year, month, day = r["decide_by"].split("-")
    month = {"01": "იანვრამდე", "02": "თებერვლამდე"}[month]
    return "\n".join(
        [
            f"კამპანია {r['campaign']}: დავხარჯეთ {cost} ₾, მარკეტინგის უკუგება {romi} % არის "
            "(ROMI). მოგება ბოლო დაწკაპუნებით ითვლება, ამიტომ შესაძლოა ნაკლები იყოს.",
            f"გადაწყვეტილება: {decision}.",
            f"პასუხს ველით {year} წლის {int(day)} {month}.",
        ]
    )


def ceo_short(r):
    day = int(r["decide_by"][-2:])
    month = {"01": "January", "02": "February"}[r["decide_by"][5:7]]
    if r["profit_gel"] < 0:
        middle = f"We lost {-r['profit_gel']:.1f} GEL on it"
        decision = "stop it"
    else:
        middle = f"It left GEL{r['profit_gel']:,.2f} of profit"
        decision = "go on as it is"
    return (
        f"**{r['campaign']}, {r['name']}**\n\n{middle} (we spent {r['cost_gel']:,.0f} GEL; "
        f"a ROMI of {r['romi']:.2%}).\n\n**Decision:** {decision}, by {day} {month} 2026."
    )


def ceo_with_a_list(r):
    choice = "stop" if r["romi"] < 0 else "go on"
    return f"""Hello Natia, here is {r["campaign"]}:
1. Cost: {round(r["cost_gel"], 2)} GEL
2. Contribution: {round(r["contribution_gel"], 2)} GEL
3. Profit: {round(r["profit_gel"], 2)} GEL
Decision: {choice}
Please answer by {r["decide_by"][8:]}.{r["decide_by"][5:7]}.2026."""


def dev_with_numbered_steps(r):
    share = r["missing"] / r["expected"]
    return f"""# {r["campaign"]}: {r["missing"]} `{r["event"]}` events lost on {r["page"]}

Expected: {r["expected"]}
Actual: {r["actual"]}
Priority: {"high" if share > 1 / 3 else "normal"}
Steps:
1. Open https://mtis-kalata.example{r["page"]}?{r["parameter"]} in a private window.
2. Put a box into the cart and pay with the test card.
3. Look for `{r["event"]}` in the network tab.
Verify:
- the event is sent once, also on a slow phone
- from {r["decide_by"]} on the two counts agree for a week
"""


def dev_in_georgian(r):
    priority = "მაღალი" if r["missing"] * 3 > r["expected"] else "ჩვეულებრივი"
    return f"""ლევან, კამპანია {r["campaign"]}: გვერდიდან {r["page"]} ყველა მოვლენა ვერ აღწევს
სარეკლამო ანგარიშამდე. მოვლენის სახელი კოდში: {r["event"]}.
მოსალოდნელი: {r["expected"]} მოვლენა მაღაზიის წიგნების მიხედვით.
ფაქტობრივი: {r["actual"]} მოვლენა ანგარიშში, ესე იგი {r["missing"]} დაიკარგა.
პრიორიტეტი: {priority}.
ნაბიჯები: გახსენი გვერდი ტელეფონით, გაიარე შეკვეთა ბოლომდე და უყურე ქსელის ჟურნალს.
შემოწმება: ყოველი შეკვეთის შემდეგ მოვლენა ერთხელ ჩანს ჟურნალში."""


def designer_as_a_letter(r):
    kb = {"mp4": "8,000"}.get(r["format"], "500")
    return f"""Dear Mariam,

please draw {r["asset"]} anew; it belongs to {r["campaign"]}.

Stays: {r["width"]}x{r["height"]} px, {r["format"].upper()}, up to {kb} KB, and the logo.
Changes: the headline says what it costs, the picture shows the box open.
Measure: clicks for each impression. Today {r["ctr"] * 100:.1f} % of the people click."""


def designer_in_georgian(r):
    kb = "8 000" if r["format"] == "mp4" else "500"
    return f"""მარიამ, ბანერს {r["asset"]} ყველაზე იშვიათად აჭერენ (კამპანია {r["campaign"]}).
- **რჩება:** ზომა {r["width"]} × {r["height"]}, ფორმატი {r["format"]}, მაქსიმუმ {kb} kB, ლოგო, ფასი.
- **იცვლება:** მხოლოდ სურათი, ყუთი ღია უნდა იყოს და ახლოდან ჩანდეს.
- **საზომი:** დაწკაპუნების წილი, ახლა {f"{r['ctr']:.2%}".replace(".", ",")}.
გთხოვ, გამომიგზავნე {r["decide_by"]}-მდე."""


WAYS = {
    "3.7a": [ceo_in_georgian, ceo_short, ceo_with_a_list],
    "3.7b": [dev_with_numbered_steps, dev_in_georgian],
    "3.7c": [designer_as_a_letter, designer_in_georgian],
}
