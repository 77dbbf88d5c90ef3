import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
import { permissions } from './permissions.ts';

const service = (name: string, upstreams: string[] = [], jobs = {}) => ({
  ...{ name, upstreams, jobs },
  http: [],
});

test('a service may be called by those that declare it, its jobs, the operator, the edge and GraphQL, these by the methods that are for them', () => {
  const services = [
    service('analytics'),
    service('trading', ['analytics'], {
      replay: { script: 'replay.ts', calls: ['market.v1.TradingService/UploadFile'] },
    }),
    service('hidden'),
    service('graphql'),
    { ...service('pages'), http: [{ path: '/docs', access: 'public' } as const] },
  ];
  const open = [
    '/market.v1.AnalyticsService/GetAssetSummary',
    '/market.v1.AnalyticsService/ListAssets',
    '/market.v1.AnalyticsService/ListCandles',
    '/market.v1.AnalyticsService/WatchAsset',
    '/market.v1.MarketService/WatchMarket',
    '/market.v1.MarketDataService/SendMarketData',
    '/market.v1.OptionAnalyticsService/GetVolatilitySurface',
    '/market.v1.OptionAnalyticsService/GetTermStructure',
    '/market.v1.OptionAnalyticsService/GetSkew',
    '/market.v1.OptionAnalyticsService/GetMaxPain',
    '/market.v1.OptionAnalyticsService/ListPcrTrends',
    '/market.v1.OptionAnalyticsService/ListVolatilityHistory',
    '/market.v1.OptionAnalyticsService/ListDailyAggregates',
    '/market.v1.AlertService/CreatePriceAlert',
    '/market.v1.AlertService/GetPriceAlert',
    '/market.v1.AlertService/ListPriceAlerts',
    '/market.v1.AlertService/DeletePriceAlert',
  ];
  assert.deepEqual(permissions(services, Contracts.load()), [
    {
      service: 'analytics',
      callers: [
        { caller: 'trading' },
        { caller: 'graphql', paths: open },
        { caller: 'gateway', paths: open },
        { caller: 'cli' },
      ],
    },
    {
      service: 'trading',
      callers: [
        { caller: 'graphql', paths: ['/market.v1.TradingService/ListFeeds'] },
        { caller: 'replay', paths: ['/market.v1.TradingService/UploadFile'] },
        { caller: 'gateway', paths: ['/market.v1.TradingService/ListFeeds'] },
        { caller: 'cli' },
      ],
    },
    { service: 'hidden', callers: [{ caller: 'cli' }] },
    { service: 'graphql', callers: [{ caller: 'cli' }] },
    {
      service: 'pages',
      callers: [{ caller: 'gateway', paths: ['/docs', '/docs/'] }, { caller: 'cli' }],
    },
  ]);
  const wrong = { fill: { script: 'fill.ts', calls: ['market.v1.TradingService/Fill'] } };
  assert.throws(() => permissions([service('trading', [], wrong)]), {
    name: 'ManifestError',
    message: 'trading: jobs.fill.calls: it has no method /market.v1.TradingService/Fill',
  });
});

test('what is there for all may be called by every service, and nothing else of it', () => {
  const logging = {
    ...service('logging'),
    calledByAll: ['logging.v1.LogIntakeService/WriteLogLines'],
  };
  const services = [service('order'), service('reader', ['logging']), logging];
  const own = permissions(services).find((each) => each.service === 'logging');
  const paths = ['/logging.v1.LogIntakeService/WriteLogLines'];
  assert.deepEqual(own?.callers.slice(0, 2), [{ caller: 'reader' }, { caller: 'order', paths }]);
  assert.ok(!own.callers.some(({ caller }) => caller === 'logging'));
});
