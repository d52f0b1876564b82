# llmops: lines  # noqa: ERA001 - the marker that the command provider looks for
"""A STAND-IN for a model, not a model: rules that read a prompt and do what it says, and guess where it says nothing.

One request (JSON) a line on stdin, one answer a line on stdout, until the input ends (README.md). `RULES` holds what is
understood; where a prompt lacks a rule, the answer is an eager model's. Hard documents slip now and then, by a hash.
"""

import hashlib
import json
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple


def table(text: str) -> dict[str, re.Pattern[str]]:
    """Return a pattern a name; lines of the same name are joined."""
    rows = [line.split(None, 1) for line in text.strip().splitlines()]
    return {name: re.compile("|".join(more for key, more in rows if key == name), re.IGNORECASE) for name, _ in rows}


RULES = table(r"""
point     decimal (point|separator)|point as |1234\.50
due       amount (due|payable)|total due|gross|grand total|to be paid|includ\w+ (all )?(vat|tax)
negative  credit notes?\b[^.]{0,50}negative|negative[^.]{0,60}credit note
issue     (day|date) of issue|issue date|issued|not (the|a) (due|delivery)
day-first day (comes |stands |goes )?(before|first)|day-first
own       not (an?|the) (order|customer|delivery)|vendor (gave|assigned)|invoice's own number
null      (not in\b|missing|absent|lacks?|cannot (be )?f[io])[^.]{0,60}\bnull
omit      (leave|omit|skip)[^.]{0,40}(missing|absent|not in\b)|leave it out
nulls     (\bno|not an?|isn't an?) invoice[^.]{0,90}\bnull
error     "not an invoice"
guard     (ignore|do not follow|never follow|disregard|don't obey)[^.]{0,50}instruction|is only data
json      json
bare      nothing else|only (with )?(the |a |one )?json|json only|no prose
judge     "score"[\s\S]{0,200}"reason"
""")
WORDS = table(r"""
due       t[o0]tal (due|incl)|(amount|balance) due|grand total|amount payable|to pay|gross|invoice total|total credit
due       gesamtbetrag|rechnungsbetrag|endbetrag|zahlbetrag|zu zahlen|brutto|gutschriftsbetrag
due       total ttc|net à payer|montant ttc|à payer|total a pagar|importe total|total factura|iva incluido
sum       t[o0]tal|summe|betrag|somme|montant|importe|amount|\bdue\b
partial   sub-?total|\bnet\b|netto|zwischensumme|\bvat\b|tax\b|mwst|ust\b|\btva\b|\biva\b|\bht\b|base|deposit|discount
partial   rabatt|remise|descuento|\bpaid\b|carried|übertrag|à reporter|suma y sigue
issued    invoice date|of issue|issued|tax point|rechnungsdatum|ausgestellt|fact\w+ du|émi|emisión|\bdat
other     \bdue|pay|\bby\b|fällig|zahl|échéance|vencim|deliver|liefer|livr|entrega|order|bestell|command|pedido|period
other     from|until|\bbis\b|leistung|valid|ship|arriv|depart|check|print|since|expir|booking|contract|–
invoice   [il]nvoice|receipt|\bbill\b|rechnung|quittung|beleg|\bbon\b|gutschrift|credit note|factur|avoir|ticket|recibo
none      (?m:^)[\W\d]*(quot(e|ation)\b|estimate|angebot|kostenvoranschlag|devis|presupuesto|delivery note|lieferschein)
none      (?m:^)[\W\d]*(bon de livraison|albarán|purchase order|order conf|auftragsbest|mahnung|reminder|kontoauszug)
credit    credit (note|memo)|gutschrift|\bavoir\b|\babono\b|nota de crédito
english   \b(invoice|receipt|bill|total due|amount)\b
american  \bUSA\b|United States|, [A-Z]{2} \d{5}\b
scan      [¦~^]|\blnv|t0t|\d[lo]\d|[a-z]0[a-z]{2}
doubt     \b(0?[1-9]|1[0-2])[/-](0?[1-9]|1[0-2])[/-]\d\d
long      \b(page|seite|página) 2|illegible|smudged|unleserlich|handwritten
number    \w*number|\w*_no|nummer
total     \w*total\w*|\w*amount\w*
date      \w*date\w*
of-iban   \b[A-Z]{2}\d\d(?: ?[A-Z]{4})?(?: ?\d{2,4}){3,8}\b
of-vendor \S.*
asked     (?m:^)- (number|total amount|date|vendor|iban)\b
layout    \b[YMD]{2,4}[-./][YMD]{2}[-./][YMD]{2,4}\b
part      <(inputs|answer|expected)>\s*([\s\S]*?)\s*</\1>
""")
AMOUNT = re.compile(r"(?<![\w.,])([-−]?) ?[€$£]? ?(\d{1,3}(?:[.,'’\s]\d{3})+[.,]\d\d|\d+[.,]\d\d)(-?)(?![.,]?\d| ?%)")
MONTHS = "jan ene|feb fév|mar mär|apr avr abr|may mai|jun juin|jul juil|aug aoû ago|sep|oct okt|nov|dec déc dez dic"
NAME = rf"(?:{MONTHS.replace(' ', '|')})"
DATE = re.compile(
    r"(?i)(?<![\d.-])(?:(?P<y1>\d{4})-(?P<m1>\d\d)-(?P<d1>\d\d)"
    r"|(?P<a>\d\d?)(?P<mark>[./-])(?P<b>\d\d?)(?P=mark)(?P<y2>\d{4}|\d\d)"
    rf"|(?P<d3>\d\d?)(?:st|nd|rd|th|er|\.)? (?:de )?(?P<m3>{NAME})\w*\.?,? (?:de )?(?P<y3>\d{{4}})"
    rf"|(?P<m4>{NAME})\w*\.? (?P<d4>\d\d?)(?:st|nd|rd|th)?,? (?P<y4>\d{{4}}))(?![\d-])"
)
KIND = r"(?:.nvoice|\w*rechnungs?|fact\w+|receipt|recibo|beleg|quittung|bon|credit note|\w+schrifts?|avoir|ticket|bill)"
LABEL = r"[ .-]?(?:no|nr|num|number|nummer|numéro|número|n[°ºo]|id|#)(?:\b|(?<=[°º#]))[^\w\n]*\n?[ \t|]*"
TOKEN = r"(?P<token>(?=[\w/.-]*\d)[\w/-][\w/.-]*\w|\d)"
OWN = (KIND + LABEL + TOKEN, KIND + r"[:#|;= ]+" + TOKEN, r"(?m:^)[ \t]*(?:no|nr|n[°º]|#)[.: ]*" + TOKEN)
NUMBERS = tuple(re.compile(r"(?<!\w)" + start, re.IGNORECASE) for start in (r"\w*" + LABEL + TOKEN, *OWN))
TOLD = re.compile(
    r"(?i)(?:ignor|disregard|forget|override|system (?:note|prompt)|assistant)[^\n]*?(?:\n[^\n]*?)?"
    r'(?:(?:total|betrag|amount|importe)[^\n\d]{1,40}(?P<total>\d+(?:[.,]\d\d)?)|"(?P<reply>[^"\n]+)")'
)


class Orders(NamedTuple):
    """What a prompt asks for: the rules it states, the JSON key of each field, how a date is written, the form."""

    stated: frozenset[str]
    keys: Mapping[str, str]
    layout: str
    form: str


def chance(share: float, *parts: object) -> bool:
    """Return true for this share of all `parts`; the same for the same parts, on every machine."""
    text = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(text).digest()[:6]) < share * 2**48


@lru_cache(maxsize=8)
def orders(prompt: str, response_format: str) -> Orders:
    """Return what the instructions ask for; `response_format` is JSON."""
    plain = re.sub(r"\s+", " ", prompt)
    stated = frozenset(name for name, pattern in RULES.items() if pattern.search(plain))
    asked = [name.lower().split()[0] for name in WORDS["asked"].findall(prompt)] or ["number", "total", "date"]
    named = re.findall(r'"(\w+)"', response_format + prompt)
    keys = {name: next((key for key in named if name in WORDS and WORDS[name].fullmatch(key)), name) for name in asked}
    bare = response_format != "null" or {"bare", "json"} <= stated
    form = "bare" if bare else "fenced" if "json" in stated else "prose"
    return Orders(stated, keys, (WORDS["layout"].search(prompt) or ["DD/MM/YY"])[0], form)


def total(document: str, stated: frozenset[str]) -> str | None:
    """Return the total: the amount due if that is asked for, else the first one that is called a total."""
    lines = document.split("\n")
    called = [place for place, line in enumerate(lines) if WORDS["sum"].search(line) or WORDS["due"].search(line)]
    if "due" in stated:
        whole = [place for place in called if not WORDS["partial"].search(lines[place])]
        called = [place for place in called if WORDS["due"].search(lines[place])][::-1] + whole[::-1]
    for place in called:
        if found := AMOUNT.findall(lines[place]) or AMOUNT.findall("".join(lines[place + 1 : place + 2])):
            return figure("".join(found[-1]), document, stated)
    return None


def figure(printed: str, document: str, stated: frozenset[str]) -> str:
    """Return an amount with a point; a comma alone is often read the English way unless the prompt says how."""
    digits = re.sub(r"[^\d.,]", "", printed)
    credit = "negative" in stated and WORDS["credit"].search(document[:400])
    sign = "-" if credit or re.search("[-−]", printed) else ""
    if "point" not in stated and "." not in digits and chance(0.35, document, "comma"):
        return f"{sign}{digits.replace(',', '')}.00"
    return f"{sign}{re.sub(r'[.,]', '', digits[:-3])}.{digits[-2:]}"


def day(found: re.Match[str], document: str, stated: frozenset[str]) -> str:
    """Return YYYY-MM-DD. 03/04/2025 is in March in English texts, unless the prompt says that the day comes first."""
    part = {name.strip("1234"): value for name, value in found.groupdict().items() if value}
    if "mark" not in part:
        month = part["m"] if part["m"].isdecimal() else MONTHS[: MONTHS.index(part["m"].lower())].count("|") + 1
        return f"{part['y']}-{int(month):02}-{int(part['d']):02}"
    dated, place = int(part["a"]), int(part["b"])
    european = "day-first" in stated and not WORDS["american"].search(document)
    month_first = part["mark"] == "/" and WORDS["english"].search(document) and not european
    if (month_first and dated in range(13)) or place not in range(13):
        dated, place = place, dated
    return f"20{part['y'][-2:]}-{place:02}-{dated:02}"


def date(document: str, stated: frozenset[str]) -> str | None:
    """Return the date: the day of issue if that is asked for, else the first one."""
    ranked: list[tuple[bool, str | None]] = []
    end = 0
    for found in DATE.finditer(document):
        start = document.rfind("\n", 0, found.start()) + 1
        label, above = document[max(start, end) : found.start()], document[:start].rstrip().rsplit("\n", 1)[-1]
        label = label if re.search(r"[^\W\d]{2}", label) else above
        end = found.end()
        table_row = label is above and re.search(r"\S {2,}\S|\|", above)
        if "issue" not in stated or table_row or not WORDS["other"].search(label):
            ranked.append(("issue" in stated and not WORDS["issued"].search(label), day(found, document, stated)))
    return min(ranked, key=lambda pair: pair[0], default=(True, None))[1]


def number(document: str, stated: frozenset[str]) -> str | None:
    """Return the number: the invoice's own if that is asked for, else the first number of anything."""
    found = (match["token"] for pattern in NUMBERS["own" in stated :] for match in pattern.finditer(document))
    return next((token for token in found if not DATE.fullmatch(token) and not AMOUNT.fullmatch(token)), None)


def read(document: str, asked: Orders) -> dict[str, str | None]:
    """Return the fields as the prompt wants them read; what is missing is null, left out, or made up."""
    readers = {"number": number, "total": total, "date": date}
    others = {field: WORDS[f"of-{field}"].search(document) for field in asked.keys if field not in readers}
    found = {field: readers[field](document, asked.stated) for field in asked.keys if field in readers}
    found |= {field: match and match[0] for field, match in others.items()}
    if "null" in asked.stated:
        return found
    if "omit" in asked.stated:
        return {field: value for field, value in found.items() if value}
    made_up = {"number": "INV-1001", "total": "100.00", "date": "2025-01-15"}
    return {field: value or made_up.get(field, "unknown") for field, value in found.items()}


def slip(found: dict[str, str | None], document: str, repeat: int, temperature: float) -> None:
    """Change a field, as a hard document makes a model do now and then; a higher temperature does it more often."""
    signs = sum(bool(WORDS[word].search(document)) for word in ("scan", "doubt", "long"))
    field = "total" if chance(0.6, document, "field") else "date"
    if (value := found.get(field)) and chance(0.07 * signs * (1 + 4 * temperature), document, repeat):
        found[field] = value.replace(".", "") if field == "total" else value[:-1] + str((int(value[-1]) + 3) % 10)


def write(found: Mapping[str, str | None], asked: Orders) -> str:
    """Return the answer's text in the form that the prompt asks for: JSON, fenced JSON, or prose."""
    named = {asked.keys[field]: value for field, value in found.items()}
    if value := found.get("date"):
        written = asked.layout.replace("YYYY", value[:4]).replace("YY", value[2:4])
        named[asked.keys["date"]] = written.replace("MM", value[5:7]).replace("DD", value[8:])
    if asked.form == "prose":
        return " ".join(f"The {name} is {value}." for name, value in named.items())
    text = json.dumps(named, ensure_ascii=False)
    return text if asked.form == "bare" else f"Here is what I found:\n```json\n{text}\n```"


def extract(request: Mapping[str, Any], text: str, repeat: int) -> str:
    """Return the answer to a prompt that asks for fields of a document: what stands between <document> tags."""
    start, end = text.find("<document>"), text.rfind("</document>")
    if not 0 <= start < end:
        start, end = text.find("Document:"), len(text)
    prompt, document = text[:start] + text[end:], text[start + 10 : end]
    asked = orders(prompt, json.dumps(request.get("response_format")))
    invoice = WORDS["invoice"].search(document) and not WORDS["none"].search(document[:160])
    if not invoice and {"error", "nulls"} & asked.stated:
        return '{"error": "not an invoice"}' if "error" in asked.stated else write(dict.fromkeys(asked.keys), asked)
    told = TOLD.search(document) if "guard" not in asked.stated else None
    if told and told["reply"]:
        return told["reply"]
    found = read(document, asked) | ({"total": told["total"]} if told else {})
    slip(found, document, repeat, float((request.get("params") or {}).get("temperature") or 0))
    return write(found, asked)


def judge(text: str, repeat: int) -> str:
    """Return a score: the share of the answer's values that are the expected ones, or else stand in the inputs."""
    part = dict(WORDS["part"].findall(text))
    source = re.sub(r"[^a-z0-9]", "", (part.get("expected") or part.get("inputs", "")).lower())
    values = re.findall(r':\s*"?([^",}]+)', part.get("answer", "")) or [part.get("answer", "")]
    wrong = [value for value in values if re.sub(r"[^a-z0-9]", "", value.lower()) not in source]
    score = max(0, 1 - len(wrong) / len(values) - 0.25 * chance(0.04, text, repeat))
    told = f"not supported: {', '.join(wrong)}" if wrong else "every value is supported"
    return json.dumps({"score": round(score, 2), "reason": told}, ensure_ascii=False)


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to one request. Tokens are estimated at four characters each."""
    text = "\n".join(str(message.get("content", "")) for message in request["messages"])
    repeat = int(request.get("repeat") or 0)
    out = judge(text, repeat) if RULES["judge"].search(text[:6000]) else extract(request, text, repeat)
    room = 4 * int((request.get("params") or {}).get("max_tokens") or 10_000)
    usage = {"input_tokens": len(text) // 4 + 1, "output_tokens": len(out[:room]) // 4 + 1}
    finish = "length" if out[room:] else "stop"
    return {"text": out[:room], "finish_reason": finish, "usage": usage, "model": "standin-1"}


if __name__ == "__main__":
    for row in filter(bytes.strip, sys.stdin.buffer):
        print(json.dumps(answer(json.loads(row))), flush=True)
