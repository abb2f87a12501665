-- The chain over the audit. A line is sealed (seal) over its own words, its place and the seal before it.

-- place in the chain, from 1 on without a gap: the order of sealing, not that of id, since ids can be committed out of
-- order; NULL in the unsealed tail
ALTER TABLE audit ADD COLUMN seal_no BIGINT;
CREATE UNIQUE INDEX audit_seal_no ON audit (seal_no);
CREATE INDEX audit_unsealed ON audit (id) WHERE seal_no IS NULL;
