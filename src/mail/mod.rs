//! Door 4: mail in (inbox, parse, classify, thread) and mail out (render, transport, delivery).
