import { readFileSync } from 'node:fs'

/**
 * The scripts in public/ as one module. Each of them becomes a function that runs once, after what it imports, and gives what it exports:
 * its own names stay its own. It knows the forms of import and export that are used there.
 *
 * @throws Error for any other form, and where two files import each other
 */
export function joinedScript(entry: string, read: (name: string) => string = inPublic): string {
  const joined = new Map<string, string | null>()
  const join = (name: string) => {
    if (joined.get(name) === null) throw new Error(`public/${name}.js imports itself by others.`)
    if (joined.has(name)) return
    joined.set(name, null)
    const text = read(name)
    const exported = [...text.matchAll(EXPORT)].map(([, own]) => own)
    const body = text
      .replaceAll(IMPORT, (_all, names: string | undefined, from: string) => {
        join(from)
        return names ? `const ${names} = ${idOf(from)}` : ''
      })
      .replaceAll(EXPORT, (all) => all.slice('export '.length))
    const other = /^(?:import|export)\b.*/m.exec(body)
    if (other)
      throw new Error(`public/${name}.js has a form of import or export that cannot be joined: ${other[0]}`)
    // Taken out and put back, so that it stands after what it imports.
    joined.delete(name)
    joined.set(name, `const ${idOf(name)} = (() => {\n${body}\nreturn { ${exported.join(', ')} }\n})()\n`)
  }
  join(entry)
  return [...joined.values()].join('')
}

const IMPORT = /^import (?:(\{[\s\w,]*\}) from )?'\.\/([\w-]+)\.js'$/gm
const EXPORT = /^export (?:async )?(?:function|const|class) (\w+)/gm

const idOf = (name: string) => `$${name.replaceAll('-', '_')}`

const inPublic = (name: string) => readFileSync(new URL(`../../public/${name}.js`, import.meta.url), 'utf8')
