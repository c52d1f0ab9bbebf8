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

/** Every currency that a reseller can choose: those that are in use today. */
export const CURRENCIES: readonly string[] = Intl.supportedValuesOf('currency').filter(
  (code) => !/^X(?!AF|OF|PF|CD)/.test(code),
)

/** How many decimals an amount in this currency has. */
export const currencyScale = (currency: string) => scaleOf.get(currency) ?? 2
