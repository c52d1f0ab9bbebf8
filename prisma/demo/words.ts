/** What the demo's people, companies and places are called. None of them exists; all addresses end in .example (RFC 2606). */

export const GIVEN_NAMES =
  'Amara Anders Anna Bashir Beatriz Carlos Chiara Daniel Dewi Elena Emil Farah Felix Grace Hana Hugo Ines Ivan Jasmine Johan Jun Karin Kwame Lars Leila Lucas Maja Marco Mei Mira Nadia Noah Olga Omar Paula Pedro Priya Quinn Rafael Rosa Samir Sofia Tara Thomas Uma Valentin Vera Wanda Wei Xenia Yara Youssef Zoe'.split(
    ' ',
  )

export const FAMILY_NAMES =
  'Abara Bauer Bergman Carvalho Chen Costa Dubois Eriksen Fischer Fontaine Garcia Haddad Hansen Hughes Ibrahim Ivanova Jansen Kaplan Keller Kim Kovacs Kowalski Laurent Lindqvist Lopez Marino Mbeki Meyer Moreau Nakamura Novak Okafor Olsen Osei Park Patel Petrov Quist Rossi Ruiz Santos Schmidt Silva Sorensen Tanaka Torres Ueda Vargas Varga Weber Wong Yilmaz Zhang Zimmer'.split(
    ' ',
  )

const COMPANY_FIRST =
  'Alder Amber Anchor Aspen Atlas Beacon Birch Bluefin Bright Cedar Clear Cobalt Copper Coral Delta Ember Falcon Fern Flint Garnet Granite Harbor Hazel Heron Indigo Iron Juniper Kestrel Lantern Larch Linden Maple Meridian Mistral Northgate Oak Onyx Orchard Osprey Pebble Pine Quarry Raven Redwood River Sable Sequoia Slate Spruce Sterling Summit Tidal Umber Verde Willow Zephyr'.split(
    ' ',
  )
const COMPANY_SECOND =
  'Analytics Bakery Biotech Clinic Commerce Design Dynamics Energy Engineering Films Foods Freight Games Health Hotels Insurance Labs Learning Legal Logistics Media Mobility Motors Music Networks Optics Partners Pharma Press Print Realty Research Robotics Security Software Sports Studio Systems Telecom Textiles Tools Travel Water Works'.split(
    ' ',
  )
/** Every name but its legal form, in an order that mixes them. */
export const COMPANIES: readonly string[] = COMPANY_FIRST.flatMap((first, place) =>
  [0, 17, 29].map((step) => `${first} ${COMPANY_SECOND[(place * 7 + step) % COMPANY_SECOND.length]}`),
)

interface Place {
  city: string
  region: string
  /** ISO 3166-1 alpha-2. */
  country: string
  /** Digits for each #, as the country writes it. */
  postalCode: string
  street: string
  /** Legal forms of its companies. */
  forms: readonly string[]
  /** What its tax numbers begin with. */
  tax: string
}

export const PLACES: readonly Place[] = [
  {
    city: 'Portland',
    region: 'OR',
    country: 'US',
    postalCode: '972##',
    street: 'Burnside Street',
    forms: ['Inc.', 'LLC'],
    tax: 'US',
  },
  {
    city: 'Austin',
    region: 'TX',
    country: 'US',
    postalCode: '787##',
    street: 'Lamar Boulevard',
    forms: ['Inc.', 'LLC'],
    tax: 'US',
  },
  {
    city: 'Chicago',
    region: 'IL',
    country: 'US',
    postalCode: '606##',
    street: 'Halsted Street',
    forms: ['Inc.', 'LLC'],
    tax: 'US',
  },
  {
    city: 'Toronto',
    region: 'ON',
    country: 'CA',
    postalCode: 'M5V 2T#',
    street: 'Queen Street West',
    forms: ['Inc.', 'Ltd.'],
    tax: 'CA',
  },
  {
    city: 'London',
    region: '',
    country: 'GB',
    postalCode: 'EC1A #BB',
    street: 'Clerkenwell Road',
    forms: ['Ltd', 'plc'],
    tax: 'GB',
  },
  {
    city: 'Berlin',
    region: '',
    country: 'DE',
    postalCode: '101##',
    street: 'Torstraße',
    forms: ['GmbH', 'AG'],
    tax: 'DE',
  },
  {
    city: 'Lyon',
    region: '',
    country: 'FR',
    postalCode: '6900#',
    street: 'Rue de la République',
    forms: ['SARL', 'SA'],
    tax: 'FR',
  },
  {
    city: 'Utrecht',
    region: '',
    country: 'NL',
    postalCode: '35## AB',
    street: 'Oudegracht',
    forms: ['B.V.'],
    tax: 'NL',
  },
  {
    city: 'Göteborg',
    region: '',
    country: 'SE',
    postalCode: '41# 06',
    street: 'Avenyn',
    forms: ['AB'],
    tax: 'SE',
  },
  {
    city: 'São Paulo',
    region: 'SP',
    country: 'BR',
    postalCode: '0131#-000',
    street: 'Avenida Paulista',
    forms: ['Ltda.'],
    tax: 'BR',
  },
  {
    city: 'Singapore',
    region: '',
    country: 'SG',
    postalCode: '0486##',
    street: 'Cross Street',
    forms: ['Pte. Ltd.'],
    tax: 'SG',
  },
]

export const JAPANESE_PLACES: readonly Place[] = [
  {
    city: 'Shibuya',
    region: 'Tokyo',
    country: 'JP',
    postalCode: '150-00##',
    street: 'Dogenzaka',
    forms: ['K.K.'],
    tax: 'JP',
  },
  {
    city: 'Osaka',
    region: 'Osaka',
    country: 'JP',
    postalCode: '530-00##',
    street: 'Umeda',
    forms: ['K.K.', 'G.K.'],
    tax: 'JP',
  },
]

export const TAGS: readonly (readonly [name: string, colour: string])[] = [
  ['VIP', 'purple'],
  ['Startup', 'cyan'],
  ['Education', 'blue'],
  ['Non-profit', 'green'],
  ['Late payer', 'orange'],
  ['Partner', 'teal'],
  ['Beta tester', 'pink'],
  ['Needs invoice', 'yellow'],
]

export const REASONS_FOR_OFF = [
  'Invoices of two months unpaid',
  'Payment disputed with the bank',
  'Asked to pause the account',
  'Abuse report being looked into',
  'Contract ended',
]

export const DEDUCTION_COMMENTS = {
  billing_error: [
    'Booked twice, see the bank statement',
    'Wrong customer, moved by hand',
    'Typed one zero too many',
  ],
  refund: ['Paid back by bank transfer', 'Card payment returned', 'Paid back on request'],
  contract: ['Setup fee as agreed', 'Support plan, this quarter', 'Minimum charge of the contract'],
} as const

/** What a customer is charged for. */
export const SERVICES = [
  'Virtual machines',
  'Virtual machines and storage',
  'Managed databases',
  'Object storage and traffic',
  'Kubernetes cluster',
]

export const NOTES = ['', '', '', 'Thank you for your payment', 'Invoice settled', 'As agreed on the phone']

/** Who was invited and has not come. */
export const INVITED = [
  'ann.petrova@brightwave.example',
  'ben.adeyemi@post.example',
  'cleo.marsh@mailbox.example',
  'dan.kowalski@oakandiron.example',
  'eli.navarro@post.example',
  'fay.lindgren@mailbox.example',
] as const
