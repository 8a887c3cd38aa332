export type LanguageKind = 'code' | 'markup' | 'docs' | 'data' | 'other';

export interface Language {
  readonly name: string;
  readonly kind: LanguageKind;
}

/** `Name: extensions`, by kind. A name that starts with a letter and no dot in the list is a whole file name. */
const TABLE: Readonly<Record<Exclude<LanguageKind, 'other'>, Readonly<Record<string, string>>>> = {
  code: {
    TypeScript: '.ts .tsx .mts .cts',
    JavaScript: '.js .jsx .mjs .cjs',
    Python: '.py .pyi',
    Go: '.go',
    Rust: '.rs',
    Java: '.java',
    Kotlin: '.kt .kts',
    Scala: '.scala .sbt',
    Groovy: '.groovy .gradle',
    C: '.c .h',
    'C++': '.cc .cpp .cxx .hh .hpp .hxx',
    'C#': '.cs',
    'F#': '.fs .fsx',
    Swift: '.swift',
    'Objective-C': '.m .mm',
    Ruby: '.rb .rake .gemspec Gemfile Rakefile',
    PHP: '.php',
    Perl: '.pl .pm',
    Lua: '.lua',
    R: '.r',
    Julia: '.jl',
    Dart: '.dart',
    Elixir: '.ex .exs',
    Erlang: '.erl .hrl',
    Haskell: '.hs',
    OCaml: '.ml .mli',
    Clojure: '.clj .cljs .cljc .edn',
    Zig: '.zig',
    Nim: '.nim',
    Assembly: '.s .asm',
    SQL: '.sql',
    Shell: '.sh .bash .zsh .fish',
    PowerShell: '.ps1 .psm1',
    Batch: '.bat .cmd',
    Vue: '.vue',
    Svelte: '.svelte',
    Terraform: '.tf .hcl',
    'Protocol Buffers': '.proto',
    GraphQL: '.graphql .gql',
    Make: '.mk makefile gnumakefile',
    CMake: '.cmake cmakelists.txt',
    Dockerfile: '.dockerfile dockerfile containerfile',
  },
  markup: {
    HTML: '.html .htm .xhtml',
    CSS: '.css',
    Sass: '.scss .sass',
    Less: '.less',
    XML: '.xml .xsd .xsl .plist',
    SVG: '.svg',
    Templates: '.liquid .hbs .ejs .mustache .j2 .jinja .erb .haml .pug',
  },
  docs: {
    Markdown: '.md .mdx .markdown',
    reStructuredText: '.rst',
    AsciiDoc: '.adoc .asciidoc',
    TeX: '.tex',
    Text: '.txt readme license licence copying notice authors changelog',
  },
  data: {
    JSON: '.json .jsonc .json5 .jsonl .ndjson .geojson .webmanifest',
    YAML: '.yaml .yml',
    TOML: '.toml',
    INI: '.ini .cfg .conf .properties .editorconfig .gitattributes .gitignore .npmrc .env',
    CSV: '.csv .tsv',
    'Lock file': '.lock .sum',
    Notebook: '.ipynb',
    Patch: '.diff .patch',
  },
};

const OTHER: Language = { name: 'Other', kind: 'other' };

const BY_ENDING = new Map<string, Language>(
  Object.entries(TABLE).flatMap(([kind, languages]) =>
    Object.entries(languages).flatMap(([name, endings]) =>
      endings.split(' ').map((ending): [string, Language] => {
        return [ending.toLowerCase(), { name, kind: kind as LanguageKind }];
      }),
    ),
  ),
);

/** The language of a file by its name alone: first the whole name, then the extension. */
export function languageOf(path: string): Language {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const dot = name.lastIndexOf('.');
  return BY_ENDING.get(name) ?? (dot < 0 ? undefined : BY_ENDING.get(name.slice(dot))) ?? OTHER;
}
