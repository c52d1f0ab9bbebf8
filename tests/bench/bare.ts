import { connected } from '../../src/database/connection.ts'

/** Makes the tables of the bare server from the reseller's: the same teams, customers and entries in the plainest form, with the indexes that any such server has. */
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
  `create table bare.teams as
   select row_number() over (order by t.created_at, t.id) as id, t.id as of, t.name, t.type::text as type,
          coalesce(c.balance, 0)::bigint as balance, coalesce(c.credits, 0)::bigint as credits
   from teams t
   left join (select team_id, sum(balance) as balance, sum(credits) as credits from customers group by 1) c on c.team_id = t.id`,
  `create table bare.customers as
   select c.id::bigint as id, t.id as team_id, c.email, c.name, coalesce(b.company_name, '') as company, c.state::text as state,
          coalesce((select min(g.name) from customer_tags ct join tags g on g.reseller_id = ct.reseller_id and g.id = ct.tag_id
                    where ct.reseller_id = c.reseller_id and ct.customer_id = c.id), '') as tag,
          c.registered_at
   from customers c join bare.teams t on t.of = c.team_id
   left join billing_profiles b on b.reseller_id = c.reseller_id and b.id = c.team_id
   order by c.registered_at`,
  `create table bare.ledger (
     id bigint generated always as identity primary key, team_id bigint not null, kind text not null, amount bigint not null,
     after bigint not null, author text not null, note text not null, at timestamptz(3) not null default clock_timestamp())`,
  `insert into bare.ledger (team_id, kind, amount, after, author, note, at)
   select c.team_id, p.kind, e.amount, e.after, p.actor_name, coalesce(p.reference, ''), e.posted_at
   from entries e join postings p on p.reseller_id = e.reseller_id and p.id = e.posting_id
   join bare.customers c on c.id = e.customer_id::bigint order by e.posted_at, e.id`,
  `create table bare.people as select email, password_hash from staff`,
  'create table bare.sessions (id text primary key, email text not null, csrf text not null, expires_at timestamptz not null)',
  'alter table bare.teams add primary key (id)',
  'alter table bare.customers add primary key (id)',
  'alter table bare.people add primary key (email)',
  'alter table bare.customers add foreign key (team_id) references bare.teams (id)',
  'alter table bare.ledger add foreign key (team_id) references bare.teams (id)',
  'create index on bare.customers (registered_at desc, id desc)',
  'create index on bare.customers (team_id)',
  'create index on bare.customers (state, tag, registered_at desc, id desc)',
  'create index on bare.customers using gin (email gin_trgm_ops)',
  'create index on bare.customers using gin (company gin_trgm_ops)',
  'create index on bare.ledger (team_id, id desc)',
  `create function bare.refill(the_team bigint, the_amount bigint, the_author text, the_note text) returns bigint language sql as $$
     with moved as (
       update bare.teams set balance = balance + the_amount where id = the_team returning id, balance)
     insert into bare.ledger (team_id, kind, amount, after, author, note)
     select id, 'refill', the_amount, balance, the_author, the_note from moved returning after
   $$`,
  'vacuum (analyze) bare.teams, bare.customers, bare.ledger, bare.people',
]
