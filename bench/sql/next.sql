\set n :n + 1
\set m random(1, :merchants)
\set id (:base + :n) * 1024 + :client_id
