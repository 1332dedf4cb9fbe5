import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAddressGuard } from './address-guard.ts';

const publicAddresses = [
  '1.1.1.1',
  '93.184.216.34',
  '172.32.0.1',
  '2606:4700::1111',
  '::ffff:1.1.1.1',
  '64:ff9b::1.1.1.1',
];
const privateAddresses = [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:10.0.0.1',
  '64:ff9b::10.0.0.1',
  '64:ff9b:1::1',
  '2002:7f00:1::1',
  '2002:a00:1::',
  '2001::1',
  '2001:db8::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
];

describe('address guard', () => {
  const guard = createAddressGuard({ allowedNetworks: [] });
  for (const address of publicAddresses) it(`allows ${address}`, () => assert.equal(guard.allows(address), true));
  for (const address of privateAddresses) it(`refuses ${address}`, () => assert.equal(guard.allows(address), false));
  for (const text of ['', 'localhost', '127.1', '0x7f000001', '[::1]', '1.1.1.1:80']) {
    it(`refuses ${JSON.stringify(text)}, which is no address`, () => assert.equal(guard.allows(text), false));
  }

  it('allows what the configuration names, in each way of writing it, and nothing beside', () => {
    const local = createAddressGuard({ allowedNetworks: ['127.0.0.0/8', '::1/128', 'fd00::/8', '10.0.0.7'] });
    for (const address of ['127.0.0.1', '127.9.9.9', '::ffff:127.0.0.1', '::1', 'fd00::5', '10.0.0.7', '1.1.1.1']) {
      assert.equal(local.allows(address), true, address);
    }
    for (const address of ['10.0.0.8', 'fe80::1', '192.168.0.1', '::2']) {
      assert.equal(local.allows(address), false, address);
    }
  });

  for (const network of ['', 'localhost/8', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '::/129', '10.0.0.0/8.5']) {
    it(`does not take ${JSON.stringify(network)} for a network`, () => {
      assert.throws(() => createAddressGuard({ allowedNetworks: [network] }));
    });
  }
});
