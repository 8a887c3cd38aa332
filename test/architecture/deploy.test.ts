import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from './tree.ts';

interface Service {
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly build?: { readonly dockerfile: string };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly profiles?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

// The planner is the room that declares a YAML reader.
const yaml = createRequire(join(REPOSITORY, 'packages/planner/package.json'))('yaml') as {
  parse(text: string, options: { merge: boolean; strict: boolean }): unknown;
};

const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8');
const compose = yaml.parse(read('docker-compose.yml'), { merge: true, strict: true }) as Compose;
const services = Object.entries(compose.services);
const named = (prefix: string) => services.filter(([name]) => name.startsWith(prefix));

/** A NATS configuration without its comments. */
const settings = (path: string) => read(path).replace(/#.*$/gm, '');

describe('docker-compose.yml', () => {
  it('has three brokers, three nodes and two agent processes', () => {
    expect([named('nats-').length, named('tutti-').length, named('agents-').length]).toEqual([3, 3, 2]);
  });

  it('gives every service a health check', () => {
    expect(services.filter(([, service]) => !service.healthcheck?.test.length).map(([name]) => name)).toEqual([]);
  });

  it('runs every broker with the configuration that syncs always, on a volume and under a name of its own', () => {
    for (const [name, service] of named('nats-')) {
      expect(service.volumes).toContain('./deploy/nats/nats-2.10.conf:/etc/nats/nats.conf:ro');
      expect(service.volumes).toContain(`${name}:/data`);
      expect(compose.volumes).toHaveProperty(name);
      expect(service.environment).toEqual({ NATS_NAME: name });
    }
  });

  it('starts the nodes with three replicas, after the brokers are healthy', () => {
    for (const [, service] of named('tutti-')) {
      expect(service.command?.slice(0, 2)).toEqual(['up', '--nats']);
      expect(service.command?.join(' ')).toContain('--replicas 3');
      expect(service.command?.join(' ')).toContain('--roles supervisor,context,resources');
      expect(Object.values(service.depends_on ?? {}).map((each) => each.condition)).toEqual(
        Array.from({ length: 3 }, () => 'service_healthy'),
      );
    }
  });

  it('depends only on services that exist, and names only files that exist', () => {
    for (const [, service] of services) {
      expect(Object.keys(service.depends_on ?? {}).filter((name) => !(name in compose.services))).toEqual([]);
      const files = [
        service.build?.dockerfile,
        ...(service.volumes ?? []).filter((volume) => volume.startsWith('./')).map((volume) => volume.split(':')[0]),
        ...(service.command ?? []).filter((word) => word.endsWith('.ts')),
      ].filter((file) => file !== undefined);
      expect(files.filter((file) => !existsSync(join(REPOSITORY, file)))).toEqual([]);
    }
  });
});

describe('the NATS configurations', () => {
  it('sync always from 2.10 on, and leave the key out where 2.9 would refuse it', () => {
    expect(settings('deploy/nats/nats-2.10.conf')).toMatch(/jetstream\s*\{[^}]*sync_interval:\s*always/);
    expect(settings('deploy/nats/nats-2.9.conf')).not.toContain('sync_interval');
  });

  it('name every broker of docker-compose.yml as a route of the cluster', () => {
    const text = settings('deploy/nats/nats-2.10.conf');
    expect(named('nats-').filter(([name]) => !text.includes(`nats://${name}:6222`))).toEqual([]);
  });

  it('build no cluster on 2.9, where replicas lose writes', () => {
    expect(settings('deploy/nats/nats-2.9.conf')).not.toMatch(/^cluster/m);
  });
});
