import { describeTopic } from '../differential/harness/describe-topic.mts';

await describeTopic('states');
