import { behindHttp, permits, serve, windowMs } from '../adapter.mjs';
import graphqlPackage from 'graphql';
import rateLimitPackage from 'graphql-rate-limit';

const { buildSchema, graphql } = graphqlPackage;
const rateLimiter = rateLimitPackage.getGraphQLRateLimiter({ identifyContext: (context) => context.id });
const schema = buildSchema('type Query { check: Boolean }');
const rootValue = {
  check: async (args, context, info) => {
    const errorMessage = await rateLimiter({ parent: {}, args, context, info }, { max: permits, window: `${windowMs}ms` });
    if (errorMessage) throw new Error(errorMessage);
    return true;
  },
};

// GraphQL answers with status 200; here a query with an error is denied.
const listener = async (request, response) => {
  const id = new URL(request.url, 'http://localhost').searchParams.get('key');
  const { errors } = await graphql({ schema, source: '{ check }', rootValue, contextValue: { id } });
  response.writeHead(errors ? 429 : 200).end();
};

serve('graphql-rate-limit', {}, await behindHttp(listener));
