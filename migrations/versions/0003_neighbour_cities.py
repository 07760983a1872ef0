"""Neighbour cities and pages"""

from alembic import op
import sqlalchemy as sa

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('known_city',
    sa.Column('host', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('quartiers', sa.Text(), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_added', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('host', name=op.f('pk_known_city'))
    )
    op.create_table('claim',
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('group_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('uri', sa.String(), nullable=False),
    sa.Column('status_uri', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('verified', sa.String(), nullable=False),
    sa.Column('expires', sa.String(), nullable=False),
    sa.Column('valid_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_claim_actor_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['group_id'], ['actor.id'], name=op.f('fk_claim_group_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('actor_id', 'group_id', name=op.f('pk_claim')),
    sa.UniqueConstraint('uri', name=op.f('uq_claim_uri'))
    )
    op.create_table('contact',
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('host', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_contact_actor_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('actor_id', 'host', name=op.f('pk_contact'))
    )
    op.create_table('feed_source',
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('site', sa.String(), nullable=False),
    sa.Column('etag', sa.String(), nullable=False),
    sa.Column('last_modified', sa.String(), nullable=False),
    sa.Column('seen', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('problem', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_feed_source_actor_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('actor_id', name=op.f('pk_feed_source'))
    )
    with op.batch_alter_table('feed_source', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_feed_source_due_at'), ['due_at'], unique=False)

    op.create_table('agreement',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('uri', sa.String(), nullable=True),
    sa.Column('offer_uri', sa.String(), nullable=True),
    sa.Column('offer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('partner_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('host', sa.String(), nullable=False),
    sa.Column('partner_name', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('pairs', sa.Text(), nullable=False),
    sa.Column('audiences', sa.Text(), nullable=False),
    sa.Column('rules', sa.String(), nullable=False),
    sa.Column('published', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires', sa.DateTime(timezone=True), nullable=False),
    sa.Column('offer', sa.Text(), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('is_shut_here', sa.Boolean(), nullable=False),
    sa.Column('is_shut_there', sa.Boolean(), nullable=False),
    sa.Column('renews_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('decided_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('there_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('draft', 'offered', 'received', 'live', 'refused', 'ended')", name=op.f('ck_agreement_state')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['account.id'], name=op.f('fk_agreement_decided_by_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['partner_id'], ['actor.id'], name=op.f('fk_agreement_partner_id')),
    sa.ForeignKeyConstraint(['renews_id'], ['agreement.id'], name=op.f('fk_agreement_renews_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agreement')),
    sa.UniqueConstraint('uri', name=op.f('uq_agreement_uri'))
    )
    with op.batch_alter_table('agreement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_agreement_host'), ['host'], unique=False)

    op.create_table('claim_given',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quartier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('host', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('verified', sa.String(), nullable=False),
    sa.Column('expires', sa.String(), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_claim_given_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['quartier_id'], ['quartier.id'], name=op.f('fk_claim_given_quartier_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_claim_given')),
    sa.UniqueConstraint('token', name=op.f('uq_claim_given_token'))
    )
    with op.batch_alter_table('claim_given', schema=None) as batch_op:
        batch_op.create_index('ix_claim_given_account', ['account_id', 'host'], unique=False)

    op.create_table('page',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('circle_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('slug', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('name_key', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('summary', sa.String(), nullable=False),
    sa.Column('publisher', sa.String(), nullable=False),
    sa.Column('funding', sa.String(), nullable=False),
    sa.Column('contact', sa.String(), nullable=False),
    sa.Column('looks_like', sa.String(), nullable=False),
    sa.Column('quartier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('proved_by', sa.String(), nullable=True),
    sa.Column('proved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_open', sa.Boolean(), nullable=True),
    sa.Column('hours', sa.String(), nullable=False),
    sa.Column('delivers', sa.Boolean(), nullable=True),
    sa.Column('delivers_how', sa.String(), nullable=False),
    sa.Column('sells_gifts', sa.Boolean(), nullable=True),
    sa.Column('gifts_url', sa.String(), nullable=False),
    sa.Column('status_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('media', 'association', 'shop', 'townhall')", name=op.f('ck_page_kind')),
    sa.CheckConstraint("state <> 'published' OR (publisher <> '' AND funding <> '' AND contact <> '')", name=op.f('ck_page_says_who_it_is')),
    sa.CheckConstraint("state <> 'published' OR proved_by IS NOT NULL", name=op.f('ck_page_proved')),
    sa.CheckConstraint("state IN ('draft', 'waiting', 'published', 'closed')", name=op.f('ck_page_state')),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_page_actor_id')),
    sa.ForeignKeyConstraint(['circle_id'], ['circle.id'], name=op.f('fk_page_circle_id')),
    sa.ForeignKeyConstraint(['quartier_id'], ['quartier.id'], name=op.f('fk_page_quartier_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_page')),
    sa.UniqueConstraint('actor_id', name=op.f('uq_page_actor_id')),
    sa.UniqueConstraint('circle_id', name=op.f('uq_page_circle_id')),
    sa.UniqueConstraint('slug', name=op.f('uq_page_slug'))
    )
    with op.batch_alter_table('page', schema=None) as batch_op:
        batch_op.create_index('ix_page_kind', ['kind', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_page_name_key'), ['name_key'], unique=False)

    op.create_table('page_wish',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quartier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('asked', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('asked_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('problem', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('looking', 'failed')", name=op.f('ck_page_wish_state')),
    sa.ForeignKeyConstraint(['asked_by_id'], ['account.id'], name=op.f('fk_page_wish_asked_by_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['quartier_id'], ['quartier.id'], name=op.f('fk_page_wish_quartier_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_page_wish'))
    )
    with op.batch_alter_table('page_wish', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_page_wish_quartier_id'), ['quartier_id'], unique=False)

    op.create_table('passage',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('agreement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quartier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('far_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('border_m', sa.Double(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('is_open', sa.Boolean(), nullable=False),
    sa.Column('unheard_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lets_public', sa.Boolean(), nullable=False),
    sa.Column('lets_neighbours', sa.Boolean(), nullable=False),
    sa.Column('is_shut_there', sa.Boolean(), nullable=False),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('compared_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('differs', sa.Boolean(), nullable=False),
    sa.CheckConstraint("state IN ('new', 'asked', 'invited', 'joined', 'refused')", name=op.f('ck_passage_state')),
    sa.ForeignKeyConstraint(['asked_by_id'], ['account.id'], name=op.f('fk_passage_asked_by_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['far_id'], ['actor.id'], name=op.f('fk_passage_far_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['quartier_id'], ['quartier.id'], name=op.f('fk_passage_quartier_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passage'))
    )
    with op.batch_alter_table('passage', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_passage_agreement_id'), ['agreement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_passage_far_id'), ['far_id'], unique=False)
        batch_op.create_index('uq_passage_pair', ['quartier_id', 'far_id'], unique=True)

    op.create_table('subscription',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quartier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('asked_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('decided_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('asked', 'live', 'refused', 'ended')", name=op.f('ck_subscription_state')),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_subscription_actor_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['asked_by_id'], ['account.id'], name=op.f('fk_subscription_asked_by_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['decided_by_id'], ['account.id'], name=op.f('fk_subscription_decided_by_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['quartier_id'], ['quartier.id'], name=op.f('fk_subscription_quartier_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscription'))
    )
    with op.batch_alter_table('subscription', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscription_actor_id'), ['actor_id'], unique=False)
        batch_op.create_index('uq_subscription_pair', ['quartier_id', 'actor_id'], unique=True)

    op.create_table('ambassador',
    sa.Column('page_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('interest', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("interest <> ''", name=op.f('ck_ambassador_interest')),
    sa.CheckConstraint("state IN ('asked', 'live')", name=op.f('ck_ambassador_state')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_ambassador_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['page_id'], ['page.id'], name=op.f('fk_ambassador_page_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('page_id', 'account_id', name=op.f('pk_ambassador'))
    )
    with op.batch_alter_table('ambassador', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ambassador_account_id'), ['account_id'], unique=False)

    op.create_table('desk_key',
    sa.Column('page_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['page_id'], ['page.id'], name=op.f('fk_desk_key_page_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('page_id', name=op.f('pk_desk_key'))
    )
    op.create_table('edition',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('page_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('slug', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['page_id'], ['page.id'], name=op.f('fk_edition_page_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_edition'))
    )
    with op.batch_alter_table('edition', schema=None) as batch_op:
        batch_op.create_index('uq_edition_slug', ['page_id', 'slug'], unique=True)

    op.create_table('measure_sent',
    sa.Column('post_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quartier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('repliers', sa.Integer(), nullable=False),
    sa.Column('exchanges', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_measure_sent_post_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['quartier_id'], ['quartier.id'], name=op.f('fk_measure_sent_quartier_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('post_id', 'quartier_id', name=op.f('pk_measure_sent'))
    )
    op.create_table('page_line',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('page_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('act', sa.String(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['account.id'], name=op.f('fk_page_line_by_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['page_id'], ['page.id'], name=op.f('fk_page_line_page_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_page_line'))
    )
    with op.batch_alter_table('page_line', schema=None) as batch_op:
        batch_op.create_index('ix_page_line_page', ['page_id', 'id'], unique=False)

    op.create_table('page_measure',
    sa.Column('post_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('group_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('uri', sa.String(), nullable=False),
    sa.Column('repliers', sa.Integer(), nullable=False),
    sa.Column('exchanges', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('repliers >= 3', name=op.f('ck_page_measure_never_of_few')),
    sa.ForeignKeyConstraint(['group_id'], ['actor.id'], name=op.f('fk_page_measure_group_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_page_measure_post_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('post_id', 'group_id', name=op.f('pk_page_measure'))
    )
    with op.batch_alter_table('page_measure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_page_measure_uri'), ['uri'], unique=False)

    op.create_table('page_member',
    sa.Column('page_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("role IN ('manager', 'editor')", name=op.f('ck_page_member_role')),
    sa.CheckConstraint("state IN ('invited', 'live')", name=op.f('ck_page_member_state')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_page_member_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['page_id'], ['page.id'], name=op.f('fk_page_member_page_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('page_id', 'account_id', name=op.f('pk_page_member'))
    )
    with op.batch_alter_table('page_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_page_member_account_id'), ['account_id'], unique=False)

    op.create_table('page_proof',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('page_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('reference', sa.String(), nullable=False),
    sa.Column('seat', sa.Text(), nullable=True),
    sa.Column('to_mark', sa.String(), nullable=False),
    sa.Column('code', sa.Text(), nullable=True),
    sa.Column('code_mark', sa.String(), nullable=False),
    sa.Column('opposition', sa.Text(), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('asked_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('printed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state = 'waiting' OR code IS NULL", name=op.f('ck_page_proof_code_only_while_waiting')),
    sa.CheckConstraint("state IN ('waiting', 'sent') OR seat IS NULL", name=op.f('ck_page_proof_seat_only_while_running')),
    sa.CheckConstraint("state IN ('waiting', 'sent', 'used', 'void', 'refused', 'returned')", name=op.f('ck_page_proof_state')),
    sa.ForeignKeyConstraint(['asked_by_id'], ['account.id'], name=op.f('fk_page_proof_asked_by_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['page_id'], ['page.id'], name=op.f('fk_page_proof_page_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_page_proof')),
    sa.UniqueConstraint('reference', name=op.f('uq_page_proof_reference'))
    )
    with op.batch_alter_table('page_proof', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_page_proof_page_id'), ['page_id'], unique=False)
        batch_op.create_index('ix_page_proof_state', ['state', 'asked_at'], unique=False)

    op.create_table('post_far',
    sa.Column('post_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('group_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['group_id'], ['actor.id'], name=op.f('fk_post_far_group_id')),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_post_far_post_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('post_id', 'group_id', name=op.f('pk_post_far'))
    )
    with op.batch_alter_table('post_far', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_post_far_group_id'), ['group_id'], unique=False)

    op.create_table('shop_area',
    sa.Column('page_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quartier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['page_id'], ['page.id'], name=op.f('fk_shop_area_page_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['quartier_id'], ['quartier.id'], name=op.f('fk_shop_area_quartier_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('page_id', 'quartier_id', name=op.f('pk_shop_area'))
    )
    with op.batch_alter_table('shop_area', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_shop_area_quartier_id'), ['quartier_id'], unique=False)

    op.create_table('tip',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('page_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('alias', sa.String(), nullable=False),
    sa.Column('is_protected', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('sender_mark', sa.String(), nullable=True),
    sa.Column('sealed_sender', sa.Text(), nullable=True),
    sa.Column('sealed_bar', sa.Text(), nullable=False),
    sa.Column('is_closed', sa.Boolean(), nullable=False),
    sa.Column('is_fresh', sa.Boolean(), nullable=False),
    sa.Column('is_told', sa.Boolean(), nullable=False),
    sa.Column('is_thanked', sa.Boolean(), nullable=False),
    sa.Column('has_news', sa.Boolean(), nullable=False),
    sa.CheckConstraint("state IN ('unread', 'read', 'useful', 'published', 'unused')", name=op.f('ck_tip_state')),
    sa.CheckConstraint('NOT is_protected OR sealed_sender IS NULL', name=op.f('ck_tip_protected')),
    sa.ForeignKeyConstraint(['page_id'], ['page.id'], name=op.f('fk_tip_page_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tip')),
    sa.UniqueConstraint('page_id', 'alias', name=op.f('uq_tip_page_id_alias')),
    sa.UniqueConstraint('sender_mark', name=op.f('uq_tip_sender_mark'))
    )
    with op.batch_alter_table('tip', schema=None) as batch_op:
        batch_op.create_index('ix_tip_page', ['page_id', 'state'], unique=False)

    op.create_table('tip_bar',
    sa.Column('page_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('mark', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['page_id'], ['page.id'], name=op.f('fk_tip_bar_page_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('page_id', 'mark', name=op.f('pk_tip_bar'))
    )
    op.create_table('edition_place',
    sa.Column('edition_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_edition_place_actor_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['edition_id'], ['edition.id'], name=op.f('fk_edition_place_edition_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('edition_id', 'actor_id', name=op.f('pk_edition_place'))
    )
    with op.batch_alter_table('edition_place', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_edition_place_actor_id'), ['actor_id'], unique=False)

    op.create_table('tip_file',
    sa.Column('tip_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('blob', sa.String(), nullable=False),
    sa.CheckConstraint("kind IN ('picture', 'text')", name=op.f('ck_tip_file_kind')),
    sa.ForeignKeyConstraint(['tip_id'], ['tip.id'], name=op.f('fk_tip_file_tip_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tip_id', 'number', name=op.f('pk_tip_file')),
    sa.UniqueConstraint('blob', name=op.f('uq_tip_file_blob'))
    )
    op.create_table('tip_key',
    sa.Column('tip_id', sa.String(), nullable=False),
    sa.Column('wrapped', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['tip_id'], ['tip.id'], name=op.f('fk_tip_key_tip_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tip_id', name=op.f('pk_tip_key'))
    )
    op.create_table('tip_message',
    sa.Column('tip_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('side', sa.String(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('sealed_text', sa.Text(), nullable=False),
    sa.CheckConstraint("side IN ('sender', 'page')", name=op.f('ck_tip_message_side')),
    sa.ForeignKeyConstraint(['tip_id'], ['tip.id'], name=op.f('fk_tip_message_tip_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tip_id', 'number', name=op.f('pk_tip_message'))
    )
    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.add_column(sa.Column('group_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('from_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('team_circle_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_post_from_id'), 'actor', ['from_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_post_team_circle_id'), 'circle', ['team_circle_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_post_group_id'), 'actor', ['group_id'], ['id'])

    with op.batch_alter_table('post_circle', schema=None) as batch_op:
        batch_op.add_column(sa.Column('passage_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_post_circle_passage_id'), 'passage', ['passage_id'], ['id'], ondelete='CASCADE')

    with op.batch_alter_table('quartier', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_shut', sa.Boolean(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('carries', sa.Boolean(), nullable=False, server_default='0'))



def downgrade() -> None:
    with op.batch_alter_table('quartier', schema=None) as batch_op:
        batch_op.drop_column('carries')
        batch_op.drop_column('is_shut')

    with op.batch_alter_table('post_circle', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_post_circle_passage_id'), type_='foreignkey')
        batch_op.drop_column('passage_id')

    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_post_group_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_post_team_circle_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_post_from_id'), type_='foreignkey')
        batch_op.drop_column('team_circle_id')
        batch_op.drop_column('from_id')
        batch_op.drop_column('group_id')

    op.drop_table('tip_message')
    op.drop_table('tip_key')
    op.drop_table('tip_file')
    with op.batch_alter_table('edition_place', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_edition_place_actor_id'))

    op.drop_table('edition_place')
    op.drop_table('tip_bar')
    with op.batch_alter_table('tip', schema=None) as batch_op:
        batch_op.drop_index('ix_tip_page')

    op.drop_table('tip')
    with op.batch_alter_table('shop_area', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_shop_area_quartier_id'))

    op.drop_table('shop_area')
    with op.batch_alter_table('post_far', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_post_far_group_id'))

    op.drop_table('post_far')
    with op.batch_alter_table('page_proof', schema=None) as batch_op:
        batch_op.drop_index('ix_page_proof_state')
        batch_op.drop_index(batch_op.f('ix_page_proof_page_id'))

    op.drop_table('page_proof')
    with op.batch_alter_table('page_member', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_page_member_account_id'))

    op.drop_table('page_member')
    with op.batch_alter_table('page_measure', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_page_measure_uri'))

    op.drop_table('page_measure')
    with op.batch_alter_table('page_line', schema=None) as batch_op:
        batch_op.drop_index('ix_page_line_page')

    op.drop_table('page_line')
    op.drop_table('measure_sent')
    with op.batch_alter_table('edition', schema=None) as batch_op:
        batch_op.drop_index('uq_edition_slug')

    op.drop_table('edition')
    op.drop_table('desk_key')
    with op.batch_alter_table('ambassador', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ambassador_account_id'))

    op.drop_table('ambassador')
    with op.batch_alter_table('subscription', schema=None) as batch_op:
        batch_op.drop_index('uq_subscription_pair')
        batch_op.drop_index(batch_op.f('ix_subscription_actor_id'))

    op.drop_table('subscription')
    with op.batch_alter_table('passage', schema=None) as batch_op:
        batch_op.drop_index('uq_passage_pair')
        batch_op.drop_index(batch_op.f('ix_passage_far_id'))
        batch_op.drop_index(batch_op.f('ix_passage_agreement_id'))

    op.drop_table('passage')
    with op.batch_alter_table('page_wish', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_page_wish_quartier_id'))

    op.drop_table('page_wish')
    with op.batch_alter_table('page', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_page_name_key'))
        batch_op.drop_index('ix_page_kind')

    op.drop_table('page')
    with op.batch_alter_table('claim_given', schema=None) as batch_op:
        batch_op.drop_index('ix_claim_given_account')

    op.drop_table('claim_given')
    with op.batch_alter_table('agreement', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_agreement_host'))

    op.drop_table('agreement')
    with op.batch_alter_table('feed_source', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_feed_source_due_at'))

    op.drop_table('feed_source')
    op.drop_table('contact')
    op.drop_table('claim')
    op.drop_table('known_city')
