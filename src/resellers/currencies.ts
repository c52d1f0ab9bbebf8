/**
 * Decimals of the currencies that do not have two, by ISO 4217. Kept here and stored with each reseller, because Intl's figures come
 * from CLDR, differ in places, and may change under amounts that are stored already.
 */
const SCALES: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
}

const scaleOf = new Map(
  Object.entries(SCALES).flatMap(([scale, codes]) =>
    codes.split(' ').map((code) => [code, Number(scale)] as const),
  ),
)

/**
 * Every currency that a reseller can choose: the money of ISO 4217's list that can be paid with today, without funds, metals and units of
 * account. A list of our own, because Intl's keeps what has ended (ANG, BGN, CUC, HRK, SLL and ZWL in Node 24) and lacks some of what has
 * begun (VED). A reseller whose currency has ended keeps it.
 */
export const CURRENCIES: readonly string[] = `
  AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP
  CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR
  IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU
  MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG
  SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV
  WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG`
  .trim()
  .split(/\s+/)

/** How many decimals an amount in this currency has. */
export const currencyScale = (currency: string) => scaleOf.get(currency) ?? 2
