import { connected } from '../../src/database/connection.ts'

/** Makes the tables of the bare server from the reseller's: the same customers and entries, in the plainest form, with the indexes it needs. */
export async function makeBareTables(ownerUrl: string) {
  await connected(
    ownerUrl,
    async (owner) => {
      await owner.query(`set maintenance_work_mem = '1GB'`)
      for (const statement of STATEMENTS) await owner.query(statement)
    },
    { answerMsMax: null },
  )
}

const STATEMENTS = [
  'create schema bare',
  `create table bare.customers as
   select c.id, c.email, c.name, t.name as team, t.type::text as type, coalesce(b.company_name, '') as company, c.state::text as state,
          coalesce((select min(g.name) from customer_tags ct join tags g on g.reseller_id = ct.reseller_id and g.id = ct.tag_id
                    where ct.reseller_id = c.reseller_id and ct.customer_id = c.id), '') as tag,
          c.balance, c.credits, c.registered_at
   from customers c join teams t on t.reseller_id = c.reseller_id and t.id = c.team_id
   left join billing_profiles b on b.reseller_id = t.reseller_id and b.id = t.id
   order by c.registered_at`,
  `create table bare.ledger (
     id bigint generated always as identity primary key, customer_id text not null, kind text not null, amount bigint not null,
     after bigint not null, author text not null, note text not null, at timestamptz(3) not null default clock_timestamp())`,
  `insert into bare.ledger (customer_id, kind, amount, after, author, note, at)
   select e.customer_id, p.kind, e.amount, e.after, p.actor_name, coalesce(p.reference, ''), e.posted_at
   from entries e join postings p on p.reseller_id = e.reseller_id and p.id = e.posting_id order by e.posted_at, e.id`,
  `create table bare.people as select email, password_hash from staff`,
  `create table bare.sessions (id text primary key, email text not null, csrf text not null)`,
  'alter table bare.customers add primary key (id)',
  'alter table bare.people add primary key (email)',
  'alter table bare.ledger add foreign key (customer_id) references bare.customers (id)',
  'create index on bare.customers (registered_at desc, id desc)',
  'create index on bare.customers (state, tag, type, registered_at desc, id desc)',
  'create index on bare.customers using gin (email gin_trgm_ops)',
  'create index on bare.customers using gin (company gin_trgm_ops)',
  'create index on bare.ledger (customer_id, id desc)',
  `create function bare.refill(the_customer text, the_amount bigint, the_author text, the_note text) returns bigint language sql as $$
     with moved as (
       update bare.customers set balance = balance + the_amount where id = the_customer returning id, balance)
     insert into bare.ledger (customer_id, kind, amount, after, author, note)
     select id, 'refill', the_amount, balance, the_author, the_note from moved returning after
   $$`,
  'vacuum (analyze) bare.customers, bare.ledger, bare.people',
]
