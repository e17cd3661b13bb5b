# The service:  docker build -t worthwhile .                  docker run -p 3000:3000 -v worthwhile:/data worthwhile
# The demo:     docker build -t worthwhile-demo --target demo .    docker run --rm -p 3000:3000 worthwhile-demo
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev
COPY tsconfig.json ./
COPY config config
COPY src src
COPY workers workers
RUN node src/setup/prepare.mjs --build && npm prune --omit=dev

FROM ${NODE_IMAGE} AS runtime
# redis-server: what the service runs for itself when REDIS_URL is not set. tini: passes signals on and reaps children.
RUN apt-get update \
  && apt-get install -y --no-install-recommends redis-server tini \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o node -g node /data
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY config config
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 WORTHWHILE_DATA_DIR=/data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "dist/src/setup/healthcheck.mjs"]
ENTRYPOINT ["tini", "--", "node", "--enable-source-maps"]

FROM runtime AS demo
RUN apt-get update \
  && apt-get install -y --no-install-recommends dovecot-imapd dovecot-lmtpd \
  && rm -rf /var/lib/apt/lists/*
COPY src/demo/mailbox src/demo/mailbox
USER node
CMD ["dist/workers/demo.js"]

FROM runtime AS service
USER node
VOLUME /data
CMD ["dist/workers/service.js"]
