import { type HTMLElement, type Node, NodeType } from 'node-html-parser'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Seen, everyPage } from '../support/pages.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

/** What people have written in Hebrew in this house: everything that is theirs to write. */
const WRITTEN =
  `customers.name customers.external_reference customers.state_reason customers.state_message teams.name
  billing_profiles.legal_name billing_profiles.company_name billing_profiles.address_line1 billing_profiles.city tags.name
  postings.comment postings.note postings.reference staff.name staff.state_reason resellers.name resellers.address
  login_as.reason invites.staff_name waiting_postings.maker_name`.split(/\s+/)

/** And what is kept among other facts, by its name there; of mails whatever is no id, address, sum or word of ours. */
const WITHIN = {
  'waiting_postings.facts': ['comment', 'note'],
  'mails.values': ['name', 'comment', 'by', 'maker', 'sentBy', 'afterResetBy'],
}
const MARK = ' שלום-5'

let purser: RunningPurser
let pages: Seen[]
beforeAll(async () => {
  purser = await startPurser()
  const client = new pg.Client(
    Object.assign(new URL(inject('superUrl')), { pathname: new URL(purser.database.ownerUrl).pathname }).href,
  )
  await client.connect()
  for (const [table, column] of WRITTEN.map((name) => name.split('.'))) {
    await client.query(`
      create function mark_${table}_${column}() returns trigger language plpgsql as $$
        begin if new.${column} <> '' then new.${column} := new.${column} || '${MARK}'; end if; return new; end $$;
      create trigger mark_${column} before insert on ${table} for each row execute function mark_${table}_${column}();
      update ${table} set ${column} = ${column} || '${MARK}' where ${column} <> ''`)
  }
  for (const [place, names] of Object.entries(WITHIN)) {
    const [table, column] = place.split('.')
    await client.query(`
      create function marked_within_${table}(facts jsonb) returns jsonb language sql as $$
        select facts || coalesce((select jsonb_object_agg(key, value || '${MARK}') from jsonb_each_text(facts)
          where value <> '' and key = any ('{${names.join(',')}}')), '{}') $$;
      create function mark_${table}_${column}() returns trigger language plpgsql as $$
        begin new."${column}" := marked_within_${table}(new."${column}"); return new; end $$;
      create trigger mark_${column} before insert on ${table} for each row execute function mark_${table}_${column}();
      update ${table} set "${column}" = marked_within_${table}("${column}")`)
  }
  await client.query(`
    create function mark_invites_tags() returns trigger language plpgsql as $$
      begin new.tags := array_append(new.tags, 'VIP${MARK}'); return new; end $$;
    create trigger mark_tags before insert on invites for each row execute function mark_invites_tags()`)
  await client.end()
  pages = await everyPage(purser)
}, 240_000)
afterAll(() => purser.stop())

const HEBREW = /[\u05d0-\u05ea]/

/** Every text that is shown, with the element around it. What is a field's or the title's own stands alone in any case. */
function shownBy(node: Node): string[] {
  if (node.nodeType === NodeType.TEXT_NODE) {
    const alone = node.textContent.replace(/\u2068[^\u2068\u2069]*\u2069/g, '')
    return HEBREW.test(alone) ? [`${node.parentNode?.tagName ?? ''}: ${alone.trim()}`] : []
  }
  const { tagName, childNodes } = node as HTMLElement
  return ['BDI', 'TEXTAREA', 'OPTION', 'SCRIPT', 'TEMPLATE'].includes(tagName)
    ? []
    : childNodes.flatMap(shownBy)
}

test('what people wrote never turns what stands beside it: it is isolated on every page', () => {
  expect(pages.filter(({ answer }) => HEBREW.test(answer.text)).length).toBeGreaterThan(100)
  const wrong = pages.flatMap(({ name, answer }) => {
    const page = answer.html.querySelector('html') ?? answer.html
    const found = [...new Set(shownBy(page))]
    return found.length > 0 ? [`${name}: ${found.join(' | ')}`] : []
  })
  expect(wrong).toEqual([])
})
