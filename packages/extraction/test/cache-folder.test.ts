import { describe, expect, it } from 'vitest';
import { cacheFolder } from '../src/wasm/cache-folder.js';

const home = (folder: string) => () => folder;

describe('the folder for what can be made again', () => {
  it.each([
    ['linux', {}, '/home/ada', '/home/ada/.cache/rockpool'],
    ['linux', { XDG_CACHE_HOME: '/var/cache/ada' }, '/home/ada', '/var/cache/ada/rockpool'],
    ['linux', { XDG_CACHE_HOME: 'cache' }, '/home/ada', '/home/ada/.cache/rockpool'],
    ['linux', { LOCALAPPDATA: '/elsewhere' }, '/home/ada', '/home/ada/.cache/rockpool'],
    ['darwin', {}, '/Users/ada', '/Users/ada/Library/Caches/rockpool'],
    ['darwin', { XDG_CACHE_HOME: '/tmp/caches' }, '/Users/ada', '/tmp/caches/rockpool'],
    ['win32', { LOCALAPPDATA: 'D:\\Data' }, 'C:\\Users\\ada', 'D:\\Data\\rockpool'],
    ['win32', {}, 'C:\\Users\\ada', 'C:\\Users\\ada\\AppData\\Local\\rockpool'],
    ['linux', {}, '', undefined],
  ] as const)('on %s with %j and the home %j is %s', (platform, env, own, expected) => {
    expect(cacheFolder({ platform, env, home: home(own) })).toBe(expected);
  });

  it('is none for a user without a home, and asks for none where a variable decides', () => {
    const homeless = () => {
      throw new Error('no such user');
    };
    expect(cacheFolder({ platform: 'linux', env: {}, home: homeless })).toBeUndefined();
    const env = { XDG_CACHE_HOME: '/var/cache' };
    expect(cacheFolder({ platform: 'linux', env, home: homeless })).toBe('/var/cache/rockpool');
  });

  it('is an absolute one of this process', () => {
    expect(cacheFolder()).toMatch(/[/\\]rockpool$/);
  });
});
