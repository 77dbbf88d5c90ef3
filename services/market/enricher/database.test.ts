import { testDatabaseTypes } from '../../kit/testing/databaseTypes.ts';

testDatabaseTypes(import.meta.dirname);
