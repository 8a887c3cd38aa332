/**
 * Manifests as people write them, read far enough to list what they ask for. These are not full parsers of TOML, XML or
 * Groovy; what they do not understand they leave out, and the report says that the lists are what the manifests declare.
 */
export interface Dependency {
  readonly name: string;
  readonly wanted: string;
  readonly kind: 'runtime' | 'development';
}

export interface Manifest {
  readonly dependencies: readonly Dependency[];
  readonly licence?: string;
}

const runtime = (name: string, wanted = ''): Dependency => ({ name, wanted, kind: 'runtime' });

/** `{ name: version }` of a JSON manifest; anything else in its place counts as nothing. */
function entries(value: unknown, kind: Dependency['kind']): Dependency[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).map(([name, wanted]) => ({ name, wanted: String(wanted), kind }));
}

const licenceOf = (value: unknown): { licence?: string } => (typeof value === 'string' ? { licence: value } : {});

function npm(text: string): Manifest {
  const file = JSON.parse(text) as Record<string, unknown>;
  const groups = ['dependencies', 'peerDependencies', 'optionalDependencies'];
  const dependencies = groups.flatMap((group) => entries(file[group], 'runtime'));
  return {
    dependencies: [...dependencies, ...entries(file['devDependencies'], 'development')],
    ...licenceOf(file['license']),
  };
}

function composer(text: string): Manifest {
  const file = JSON.parse(text) as Record<string, unknown>;
  const dependencies = [...entries(file['require'], 'runtime'), ...entries(file['require-dev'], 'development')];
  return { dependencies, ...licenceOf(file['license']) };
}

/** One requirement of PEP 508: a name, extras, and whatever versions it wants. */
function requirement(line: string): Dependency[] {
  const found = /^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*([^;#]*)/.exec(line);
  return found?.[1] === undefined ? [] : [runtime(found[1], found[2]?.trim())];
}

const requirements = (text: string): Manifest => ({
  dependencies: text.split('\n').flatMap((line) => (/^\s*(#|-|$)/.test(line) ? [] : requirement(line))),
});

/** `[section]` → its `key = value` lines, in order. Multi-line arrays are joined to one line first. */
function sections(text: string): [string, [string, string][]][] {
  const found: [string, [string, string][]][] = [];
  let open = '';
  for (const raw of text.split('\n')) {
    const line = open + raw.trim();
    const header = /^\[\[?([^\]]+)\]\]?\s*(?:#.*)?$/.exec(line);
    if (header?.[1] !== undefined) found.push([header[1].trim(), []]);
    const pair = header === null ? /^("[^"]+"|[\w.-]+)\s*=\s*(.+)$/.exec(line) : null;
    // A long array goes on over the following lines, as far as a manifest would sensibly reach.
    open = pair?.[2]?.startsWith('[') && !/\]\s*(#.*)?$/.test(pair[2]) && line.length < 65_536 ? `${line} ` : '';
    if (open !== '' || pair?.[1] === undefined || pair[2] === undefined) continue;
    found.at(-1)?.[1].push([pair[1].replaceAll('"', ''), pair[2].trim()]);
  }
  return found;
}

const quoted = (text: string): string => /"([^"]*)"/.exec(text)?.[1] ?? text;

function toml(text: string, isRuntime: RegExp, isDevelopment: RegExp): Manifest {
  const dependencies: Dependency[] = [];
  let licence: string | undefined;
  for (const [section, pairs] of sections(text)) {
    const kind = isDevelopment.test(section) ? 'development' : isRuntime.test(section) ? 'runtime' : undefined;
    for (const [name, value] of pairs) {
      if (kind !== undefined && name !== 'python') dependencies.push({ name, wanted: quoted(value), kind });
      if (name === 'license' && /^(package|project|tool\.poetry)$/.test(section)) licence = quoted(value);
      if (section === 'project' && name === 'dependencies') {
        dependencies.push(
          ...[...value.matchAll(/"([^"]+)"|'([^']+)'/g)].flatMap((m) => requirement(m[1] ?? m[2] ?? '')),
        );
      }
    }
  }
  return licence === undefined ? { dependencies } : { dependencies, licence };
}

const cargo = (text: string): Manifest =>
  toml(text, /^(workspace\.|target\..*\.)?dependencies$/, /^(target\..*\.)?(dev|build)-dependencies$/);

const pyproject = (text: string): Manifest =>
  toml(text, /^tool\.poetry\.dependencies$/, /^(tool\.poetry\.(dev-dependencies|group\..*\.dependencies))$/);

const pipfile = (text: string): Manifest => toml(text, /^packages$/, /^dev-packages$/);

const every = (text: string, pattern: RegExp): Manifest => ({
  dependencies: [...text.matchAll(pattern)].map((found) => runtime(found[1] ?? '', found[2])),
});

function goModule(text: string): Manifest {
  const dependencies: Dependency[] = [];
  let inBlock = false;
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    const entry = inBlock ? line : /^require\s+(.*)$/.exec(line)?.[1];
    if (entry === '(') inBlock = true;
    else if (entry === ')') inBlock = false;
    const [name = '', version] = entry?.split(/\s+/, 2) ?? [];
    if (version?.startsWith('v')) dependencies.push(runtime(name, version));
  }
  return { dependencies };
}

/** What stands between each `<tag>` and its end. By search and not by one pattern: that would be quadratic. */
function elements(text: string, tag: string): string[] {
  const [, ...parts] = text.split(`<${tag}>`);
  return parts.flatMap((part) => {
    const end = part.indexOf(`</${tag}>`);
    return end < 0 ? [] : [part.slice(0, end)];
  });
}

function maven(text: string): Manifest {
  const first = (block: string, tag: string): string => elements(block, tag)[0]?.trim() ?? '';
  const dependencies = elements(text, 'dependency').map((block): Dependency => {
    const kind = first(block, 'scope') === 'test' ? 'development' : 'runtime';
    return { name: `${first(block, 'groupId')}:${first(block, 'artifactId')}`, wanted: first(block, 'version'), kind };
  });
  const licence = first(first(text, 'license'), 'name');
  return licence === '' ? { dependencies } : { dependencies, licence };
}

const gradle = (text: string): Manifest =>
  every(
    text,
    /^\s*(?:api|implementation|compileOnly|runtimeOnly|testImplementation)[\s(]+["']([^"':]+:[^"':]+):?([^"']*)["']/gm,
  );

const gemfile = (text: string): Manifest => every(text, /^\s*gem\s+["']([^"']+)["'](?:\s*,\s*["']([^"']+)["'])?/gm);

const nuget = (text: string): Manifest =>
  every(text, /<PackageReference\s+Include="([^"]+)"(?:\s+Version="([^"]*)")?/g);

/** Which files are manifests, and of which ecosystem. */
export const MANIFESTS: readonly {
  readonly ecosystem: string;
  readonly file: RegExp;
  parse(text: string): Manifest;
}[] = [
  { ecosystem: 'npm', file: /^package\.json$/, parse: npm },
  { ecosystem: 'pip', file: /^requirements[\w.-]*\.txt$/, parse: requirements },
  { ecosystem: 'pip', file: /^pyproject\.toml$/, parse: pyproject },
  { ecosystem: 'pip', file: /^Pipfile$/, parse: pipfile },
  { ecosystem: 'cargo', file: /^Cargo\.toml$/, parse: cargo },
  { ecosystem: 'go', file: /^go\.mod$/, parse: goModule },
  { ecosystem: 'maven', file: /^pom\.xml$/, parse: maven },
  { ecosystem: 'gradle', file: /^build\.gradle(\.kts)?$/, parse: gradle },
  { ecosystem: 'composer', file: /^composer\.json$/, parse: composer },
  { ecosystem: 'rubygems', file: /^Gemfile$/, parse: gemfile },
  { ecosystem: 'nuget', file: /\.(cs|fs|vb)proj$/, parse: nuget },
];

export const LOCK_FILES: ReadonlySet<string> = new Set([
  ...['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'poetry.lock', 'uv.lock'],
  ...['Pipfile.lock', 'Cargo.lock', 'go.sum', 'gradle.lockfile', 'composer.lock', 'Gemfile.lock', 'packages.lock.json'],
]);
