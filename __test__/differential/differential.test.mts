import { describeTopic } from './harness/describe-topic.mts';
import { topicNames } from './harness/topics.mts';

for (const topic of topicNames.filter((name) => name !== 'states')) await describeTopic(topic);
