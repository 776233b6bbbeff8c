/** Where `-e NAME` goes in the command lines of every client, and what is left as it was typed. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContainerClient } from '../../src/launch/container-client.ts';
import { containerClient } from '../../src/launch/container-client.ts';
import type { EngineFacts } from '../../src/launch/container-engine.ts';
import { insertMounts } from '../../src/launch/container-mounts.ts';
import { argsAfterGlobals, containerCall, insertVariables } from '../../src/launch/containers.ts';

/** The line after the launch has put `-e K` (and what else is granted) into it. */
function rewritten(line: string, granted: readonly string[] = ['K']): string {
  const [command = '', ...args] = line.split(' ');
  const client = containerClient(command);
  if (client === undefined) return line;
  const call = containerCall(client, args);
  return [command, ...(call === undefined ? args : insertVariables(call, args, granted).args)].join(' ');
}

describe('-e NAME goes right behind the subcommand', () => {
  test.each([
    ['docker run img', 'docker run -e K img'],
    ['docker run -it --rm img sh', 'docker run -e K -it --rm img sh'],
    ['docker create img', 'docker create -e K img'],
    ['docker exec -it web sh', 'docker exec -e K -it web sh'],
    ['docker container run img', 'docker container run -e K img'],
    ['docker container create img', 'docker container create -e K img'],
    ['docker container exec c env', 'docker container exec -e K c env'],
    ['docker --context prod -H unix:///x run img', 'docker --context prod -H unix:///x run -e K img'],
    ['docker --config=/c -D -l debug run img', 'docker --config=/c -D -l debug run -e K img'],
    ['docker -cprod --tls run img', 'docker -cprod --tls run -e K img'],
    ['docker -H=tcp://h:1 --tlscacert ca run img', 'docker -H=tcp://h:1 --tlscacert ca run -e K img'],
    ['docker compose run web', 'docker compose run -e K web'],
    ['docker compose -f a.yml run web', 'docker compose -f a.yml run -e K web'],
    ['docker compose --file=a.yml -p x exec web sh', 'docker compose --file=a.yml -p x exec -e K web sh'],
    [
      'docker -c prod compose --profile run --env-file exec run web',
      'docker -c prod compose --profile run --env-file exec run -e K web',
    ],
    ['podman --root /x run img', 'podman --root /x run -e K img'],
    ['podman --root=/x --log-level debug -r run img', 'podman --root=/x --log-level debug -r run -e K img'],
    ['podman -c remote exec c env', 'podman -c remote exec -e K c env'],
    ['podman compose -f a.yml run web', 'podman compose -f a.yml run -e K web'],
    ['nerdctl -n k8s.io run img', 'nerdctl -n k8s.io run -e K img'],
    [
      'nerdctl --namespace x --snapshotter run exec c env',
      'nerdctl --namespace x --snapshotter run exec -e K c env',
    ],
    ['nerdctl compose -f run run web', 'nerdctl compose -f run run -e K web'],
    ['docker-compose -f a.yml -p x run web', 'docker-compose -f a.yml -p x run -e K web'],
    [
      'docker-compose --project-directory run exec web sh',
      'docker-compose --project-directory run exec -e K web sh',
    ],
    ['/usr/local/bin/docker run img', '/usr/local/bin/docker run -e K img'],
  ])('%s', (line, expected) => {
    expect(rewritten(line)).toBe(expected);
  });
});

describe('nothing is put into', () => {
  test.each([
    'docker ps',
    'docker build -t run .',
    'docker build run',
    'docker image run',
    'docker --context run ps',
    'docker -H run ps',
    'docker container ls',
    'docker',
    'docker --help',
    'docker compose up',
    'docker compose build web',
    'docker compose -f run up',
    'docker compose create',
    'docker compose',
    'docker stack run',
    'podman --root run ps',
    'podman pod create',
    'podman-compose run web',
    'podman-compose exec web env',
    'docker-compose up',
    'docker-compose container run x',
    'docker-compose compose run x',
    'mydocker run img',
    'docker-credential-run run img',
  ])('%s', (line) => {
    expect(rewritten(line)).toBe(line);
  });
});

describe("what the user's own -e names is left to the user", () => {
  test.each([
    'docker run -e K=mine img',
    'docker run -e K img',
    'docker run -eK=mine img',
    'docker run -e=K=mine img',
    'docker run --env K=mine img',
    'docker run --env=K=mine img',
    'docker run --name e -it -e K=mine img',
    'docker run -ite K=mine img',
    'docker run --net none -e K=mine img',
    'docker run --publish 1:1 -p2:2 -v /a:/b -w / -u 0 -h h -l x=y -c 2 -m 1g -a stdin -e K=mine img',
    'podman run --log-level debug --root /x -e K=mine img',
    'podman exec --preserve-fds 2 -e K=mine c env',
    'docker compose run --name x -e K=mine web',
    'docker-compose run --entrypoint sh -e K=mine web',
    'nerdctl run --umask 022 -e K=mine img',
  ])('%s', (line) => {
    expect(rewritten(line)).toBe(line);
  });
});

describe('what follows the image is the container’s', () => {
  test.each([
    ['docker run img run -e K=x', 'docker run -e K img run -e K=x'],
    ['docker run --rm img -e K', 'docker run -e K --rm img -e K'],
    ['docker run -d img --env K=x', 'docker run -e K -d img --env K=x'],
    ['docker run --name n img env -e K', 'docker run -e K --name n img env -e K'],
    ['docker run -- img -e K', 'docker run -e K -- img -e K'],
    ['docker exec web env -e K', 'docker exec -e K web env -e K'],
    ['docker compose run web -e K', 'docker compose run -e K web -e K'],
    // A value that looks like an option or an image.
    ['docker run --name -e img -e K', 'docker run -e K --name -e img -e K'],
    ['docker run --env-file f img', 'docker run -e K --env-file f img'],
  ])('%s', (line, expected) => {
    expect(rewritten(line)).toBe(expected);
  });

  test('whatever stands there, in whatever number', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (rest) => {
        const args = ['run', '--rm', 'img', ...rest];
        const call = containerCall('docker', args);
        expect(call).toBeDefined();
        if (call === undefined) return;
        const result = insertVariables(call, args, ['K', 'L']);
        expect(result.args).toEqual(['run', '-e', 'K', '-e', 'L', '--rm', 'img', ...rest]);
      }),
    );
  });
});

test('names that steer the client, and names that no client takes as one, are never inserted', () => {
  const steering = [
    'DOCKER_HOST',
    'DOCKER_CONFIG',
    'PATH',
    'CONTAINER_HOST',
    'CONTAINERD_NAMESPACE',
    'COMPOSE_FILE',
  ];
  expect(rewritten('docker run img', ['A', ...steering, 'B'])).toBe('docker run -e A -e B img');
  const call = containerCall('podman', ['run', 'img']);
  expect(call && insertVariables(call, ['run', 'img'], ['AWS*', 'a b', '-x', 'ok.name-1'])).toEqual({
    args: ['run', '-e', 'ok.name-1', 'img'],
    inserted: ['-e', 'ok.name-1'],
    left: ['AWS*', 'a b', '-x'],
  });
});

test('matching starts behind the global options', () => {
  const after = (client: ContainerClient, line: string) =>
    argsAfterGlobals(client, line.split(' ')).join(' ');
  expect(after('docker', '--context prod run x')).toBe('run x');
  expect(after('docker', 'build -t run .')).toBe('build -t run .');
  expect(after('podman', '--root /x --url unix:///y --remote exec c')).toBe('exec c');
  expect(after('docker-compose', '-f a.yml run web')).toBe('run web');
  expect(after('nerdctl', '-n x --data-root /d run i')).toBe('run i');
});

test('no line of arguments makes it fail, and every argument of the user keeps its place', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'run',
      'exec',
      'compose',
      'container',
      '--',
      '-',
      '-e',
      '--env',
      '-it',
      '--rm',
      '-f',
      '--context',
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(
        'docker',
        'podman',
        'nerdctl',
        'docker-compose',
        'podman-compose',
      ) as fc.Arbitrary<ContainerClient>,
      fc.array(word, { maxLength: 12 }),
      (client, args) => {
        const call = containerCall(client, args);
        if (call === undefined) return;
        const result = insertVariables(call, args, ['K']);
        const without = [...result.args];
        without.splice(call.insertAt, result.inserted.length);
        expect(without).toEqual(args);
      },
    ),
  );
});

describe('container: files', () => {
  const facts = (env: Readonly<Record<string, string>>, context?: string): EngineFacts => ({
    env: (name) => env[name],
    contextHost: (name) => (name === undefined ? 'unix:///var/run/docker.sock' : context),
  });
  const mounted = (line: string, env: Readonly<Record<string, string>> = {}, context?: string) => {
    const [command = '', ...args] = line.split(' ');
    const client = containerClient(command);
    const call = client === undefined ? undefined : containerCall(client, args);
    if (call === undefined) throw new Error(line);
    const names = { secrets: ['K'], plain: ['P'] };
    return insertMounts(call, args, names, (name) => `/shm/${name}`, facts(env, context)).args.join(' ');
  };
  const MOUNT =
    '--mount type=bind,source=/shm/K,target=/run/secrets/K,readonly -e K_FILE=/run/secrets/K -e P';

  test.each([
    ['docker run --rm img', `docker run ${MOUNT} --rm img`],
    ['docker run -d --rm img', `docker run ${MOUNT} -d --rm img`],
    ['docker run -dit --rm=true --restart no img', `docker run ${MOUNT} -dit --rm=true --restart no img`],
    ['docker run --detach=false img -d', `docker run ${MOUNT} --detach=false img -d`],
    ['docker -H unix:///run/x.sock run img', `docker -H unix:///run/x.sock run ${MOUNT} img`],
    ['docker --context=default run img', `docker --context=default run ${MOUNT} img`],
    ['nerdctl -n x run img', `nerdctl -n x run ${MOUNT} img`],
    ['podman container run img', `podman container run ${MOUNT} img`],
    ['docker run -e K=mine img', 'docker run -e P -e K=mine img'],
    [
      'docker run -e K_FILE=/mine img',
      'docker run --mount type=bind,source=/shm/K,target=/run/secrets/K,readonly -e P -e K_FILE=/mine img',
    ],
  ])('%s', (line, expected) => {
    expect(mounted(line)).toBe(expected.slice(expected.indexOf(' ') + 1));
  });

  test.each([
    ['docker create img', '`create` mounts nothing that lasts'],
    ['podman exec c env', '`exec` mounts nothing that lasts'],
    ['docker compose run web', 'a service of a compose file'],
    ['docker run --restart always img', '--restart'],
    ['docker run --restart=on-failure:3 --rm=false img', '--restart'],
    ['docker run -d img', '-d and without --rm'],
    ['docker run -itd img', '-d and without --rm'],
    ['docker run --detach --rm=false img', '-d and without --rm'],
    ['docker -H tcp://10.0.0.1:2375 run img', '-H leads to another machine (tcp:)'],
    ['docker -Hssh://u:pw@h run img', '-H leads to another machine (ssh:)'],
    ['docker --context prod run img', 'the context prod is not known'],
    ['docker --config /c run img', 'the context in use under --config is not known'],
    ['podman --remote run img', '--remote'],
    ['podman --url ssh://h/run/p run img', '--url leads to another machine (ssh:)'],
    ['podman -c prod run img', 'the connection prod may lead anywhere'],
  ])('%s is refused', (line, why) => {
    expect(() => mounted(line)).toThrow(why);
  });

  test('the environment and the context in use lead to other machines too', () => {
    expect(() => mounted('docker run img', { DOCKER_HOST: 'tcp://h:1' })).toThrow(
      'DOCKER_HOST leads to another',
    );
    expect(() => mounted('docker run img', { DOCKER_CONTEXT: 'prod' }, 'ssh://h')).toThrow(
      'the context prod leads',
    );
    expect(mounted('docker -H unix:///x run img', { DOCKER_HOST: 'tcp://h:1' })).toContain('--mount');
    expect(mounted('docker --context local run img', { DOCKER_HOST: 'tcp://h:1' }, 'unix:///x')).toContain(
      '--mount',
    );
    expect(() => mounted('podman run img', { CONTAINER_HOST: 'ssh://h/x' })).toThrow('CONTAINER_HOST leads');
    expect(mounted('podman run img', { DOCKER_HOST: 'tcp://h:1' })).toContain('--mount');
  });
});

test('the table of docs/CONTAINERS.md is what happens', () => {
  const text = readFileSync(new URL('../../docs/CONTAINERS.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| (`.*?) +\| (.*?) +\|$/gm)].map(([, typed = '', started = '']) => ({
    typed,
    started,
  }));
  expect(rows.length).toBeGreaterThan(5);
  for (const { typed, started } of rows) {
    for (const [, line = ''] of typed.matchAll(/`([^`]+)`/g)) {
      const expected = started === 'as typed' ? line : started.replaceAll('`', '');
      expect(rewritten(line, ['KEY'])).toBe(expected);
    }
  }
});
