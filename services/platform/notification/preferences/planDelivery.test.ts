import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserPreferences } from './Preferences.ts';
import { planDelivery } from './planDelivery.ts';

const berlin: UserPreferences = {
  ...{ locale: 'de', timeZone: 'Europe/Berlin', quietHours: { start: '22:00', end: '07:00' } },
  ...{ digestTime: '08:00', channels: [], version: 1 },
};
const mail = { category: 'news', critical: false, channel: 'EMAIL', digestAt: null };
const plan = (now: string, more: object = {}, preferences: object = {}) => {
  const planned = planDelivery({ ...mail, ...more }, { ...berlin, ...preferences }, new Date(now));
  return planned.kind === 'wait'
    ? `${planned.reason} ${planned.until.toISOString()}`
    : planned.kind;
};

test('nobody is woken at night, where he is, and is told in the morning', () => {
  assert.equal(plan('2026-01-15T20:59:59Z'), 'send');
  assert.equal(plan('2026-01-15T21:00:00Z'), 'QUIET_HOURS 2026-01-16T06:00:00.000Z');
  assert.equal(plan('2026-01-16T05:59:59Z'), 'QUIET_HOURS 2026-01-16T06:00:00.000Z');
  assert.equal(plan('2026-01-16T06:00:00Z'), 'send');
  assert.equal(plan('2026-07-15T20:30:00Z'), 'QUIET_HOURS 2026-07-16T05:00:00.000Z');
  const noon = { quietHours: { start: '12:00', end: '13:00' } };
  assert.equal(plan('2026-01-15T11:30:00Z', {}, noon), 'QUIET_HOURS 2026-01-15T12:00:00.000Z');
  assert.equal(plan('2026-01-15T23:30:00Z', {}, noon), 'send');
});

test('a night in which the clock changes is as quiet as others', () => {
  // At 2:00 it is 3:00.
  assert.equal(plan('2026-03-28T22:30:00Z'), 'QUIET_HOURS 2026-03-29T05:00:00.000Z');
  const gap = { quietHours: { start: '22:00', end: '02:30' } };
  assert.equal(plan('2026-03-29T00:30:00Z', {}, gap), 'QUIET_HOURS 2026-03-29T01:30:00.000Z');
  // At 3:00 it is 2:00 again.
  assert.equal(plan('2026-10-24T21:30:00Z'), 'QUIET_HOURS 2026-10-25T06:00:00.000Z');
  assert.equal(plan('2026-10-25T01:15:00Z', {}, gap), 'QUIET_HOURS 2026-10-25T01:30:00.000Z');
});

test('what is critical goes out at once, and what is in the application disturbs nobody', () => {
  const off = { channels: [{ category: '', channel: 'EMAIL', mode: 'OFF' }] };
  assert.equal(plan('2026-01-15T23:00:00Z', { critical: true }, off), 'send');
  assert.equal(plan('2026-01-15T23:00:00Z', { channel: 'IN_APP' }), 'send');
});

test('a category counts before all categories', () => {
  const channels = [
    { category: '', channel: 'EMAIL', mode: 'OFF' },
    { category: 'news', channel: 'EMAIL', mode: 'IMMEDIATE' },
  ];
  assert.equal(plan('2026-01-15T12:00:00Z', {}, { channels }), 'send');
  assert.equal(plan('2026-01-15T12:00:00Z', { category: 'offers' }, { channels }), 'off');
  assert.equal(plan('2026-01-15T12:00:00Z', { channel: 'IN_APP' }, { channels }), 'send');
});

test('a digest comes once a day, at its time, also on the day that the clock changes', () => {
  const channels = [{ category: '', channel: 'EMAIL', mode: 'DAILY_DIGEST' }];
  const at = (now: string, more = {}) => plan(now, more, { channels });
  assert.equal(at('2026-01-15T06:59:00Z'), 'DAILY_DIGEST 2026-01-15T07:00:00.000Z');
  assert.equal(at('2026-01-15T07:00:00Z'), 'DAILY_DIGEST 2026-01-16T07:00:00.000Z');
  assert.equal(at('2026-03-28T12:00:00Z'), 'DAILY_DIGEST 2026-03-29T06:00:00.000Z');
  const digestAt = new Date('2026-01-15T07:00:00Z');
  assert.equal(at('2026-01-15T07:00:00Z', { digestAt }), 'digest');
});
