"""Carrier names: maps the spellings of aggregators, clients and channels to one name for each carrier."""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CarrierName:
    """A carrier: `title` is its own spelling, `aliases` are other names in lower case, letters and digits only."""

    title: str
    aliases: str = ""


CARRIER_NAMES: Mapping[str, CarrierName] = {
    "usps": CarrierName("USPS", "stampscom endicia uspsreturns uspsship"),
    "ups": CarrierName("UPS", "upsdap upswalleted upsca upsuk upssurepost upsgroundsaver upsreturns"),
    "ups_mail_innovations": CarrierName("UPS Mail Innovations", "upsmi upsiparcel"),
    "fedex": CarrierName(
        "FedEx",
        "fedexdefault fedexwalleted fedexuk fedexca fedexsmartpost fedexgroundeconomy fedexsamedaycity fedexmailview"
        " fedexcrossborder fdx",
    ),
    "dhl_express": CarrierName(
        "DHL Express",
        "dhl dhlexpressuk dhlexpressca dhlexpresscanada dhlexpressau dhlexpressaustralia dhlexpressmx"
        " dhlexpressworldwide dhlexpresswalleted",
    ),
    "dhl_ecommerce": CarrierName("DHL eCommerce", "dhlecs dhlglobalmail dhlecommerceus dhlecommercesolutions"),
    "dhl_ecommerce_asia": CarrierName("DHL eCommerce Asia"),
    "amazon_shipping": CarrierName("Amazon", "amazonlogistics amazonshippingus amazonmws amazonbuyshipping"),
    "apc": CarrierName("APC", "apcpostallogistics"),
    "aramex": CarrierName("Aramex", "aramexau"),
    "asendia": CarrierName("Asendia", "asendiausa asendiaus asendiauk"),
    "australia_post": CarrierName("Australia Post", "auspost australiapostmypostbusiness"),
    "better_trucks": CarrierName("Better Trucks"),
    "bpost": CarrierName("BPost"),
    "canada_post": CarrierName("Canada Post", "canadapostwalleted"),
    "canpar": CarrierName("Canpar", "canparcanada"),
    "china_post": CarrierName("China Post"),
    "chronopost": CarrierName("Chronopost"),
    "colissimo": CarrierName("Colissimo"),
    "correos": CarrierName("Correos"),
    "couriers_please": CarrierName("Couriers Please"),
    "deutsche_post": CarrierName("Deutsche Post", "deutschepostuk deutschepostcrossborder"),
    "dpd": CarrierName("DPD"),
    "dpd_uk": CarrierName("DPD UK", "dpdgb"),
    "dpd_local": CarrierName("DPD Local", "interlinkexpress"),
    "estes": CarrierName("Estes"),
    "evri": CarrierName("Evri", "hermes hermesuk"),
    "fastway": CarrierName("Fastway", "fastwayau fastwayaustralia"),
    "first_mile": CarrierName("FirstMile"),
    "four_px": CarrierName("4PX"),
    "globegistics": CarrierName("Globegistics"),
    "gls": CarrierName("GLS", "glsus glscanada gso"),
    "japan_post": CarrierName("Japan Post", "jppost"),
    "la_poste": CarrierName("La Poste"),
    "lasership": CarrierName("Lasership", "lasershipv2"),
    "lone_star_overnight": CarrierName("Lone Star Overnight", "lso"),
    "new_zealand_post": CarrierName("New Zealand Post", "nzpost"),
    "newgistics": CarrierName("Newgistics"),
    "ontrac": CarrierName("OnTrac", "ontracv3"),
    "osm": CarrierName("OSM Worldwide"),
    "parcelforce": CarrierName("Parcelforce"),
    "pitney_bowes": CarrierName("Pitney Bowes"),
    "postnl": CarrierName("PostNL"),
    "purolator": CarrierName("Purolator", "purolatorca purolatorcanada"),
    "royal_mail": CarrierName("Royal Mail", "royalmailgb royalmailwalleted"),
    "sagawa": CarrierName("Sagawa", "sagawaexpress"),
    "sendle": CarrierName("Sendle"),
    "sf_express": CarrierName("SF Express"),
    "singapore_post": CarrierName("Singapore Post", "singpost"),
    "star_track": CarrierName("StarTrack"),
    "tnt": CarrierName("TNT", "tntexpress tntaustralia"),
    "united_delivery_service": CarrierName("United Delivery Service", "uds"),
    "yamato": CarrierName("Yamato", "yamatotransport kuroneko"),
    "yanwen": CarrierName("Yanwen"),
    "yun_express": CarrierName("YunExpress"),
}


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


_BY_NAME = {
    name: carrier
    for carrier, known in CARRIER_NAMES.items()
    for name in (_bare(carrier), _bare(known.title), *known.aliases.split())
}


def find_carrier(name: str) -> str | None:
    """Return this project's name of a carrier; None if it is not in the table."""
    return _BY_NAME.get(_bare(name))


def name_parcel_carrier(vendor: str, service: str, carrier: str | None = None) -> str:
    """Return the carrier that transports a parcel, by this project's name if the table has it.

    Args:
        vendor: the carrier or aggregator that sold the label.
        service: the label's service; an aggregator's service starts with the carrier.
        carrier: the carrier behind the label, in the aggregator's spelling; None if unknown.
    """
    if carrier:
        return find_carrier(carrier) or carrier
    begin = re.split(r"[._]", service, maxsplit=1)[0]
    return find_carrier(vendor) or find_carrier(begin) or vendor


def carrier_title(name: str) -> str:
    """Return a carrier's own spelling of its name; a name that is not in the table is returned unchanged."""
    carrier = find_carrier(name)
    return CARRIER_NAMES[carrier].title if carrier else name
