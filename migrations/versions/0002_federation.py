"""Federation"""

from alembic import op
import sqlalchemy as sa

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('application',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('website', sa.String(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_application'))
    )
    op.create_table('host_rule',
    sa.Column('host', sa.String(), nullable=False),
    sa.Column('severity', sa.String(), nullable=False),
    sa.Column('refuses_media', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("severity IN ('block', 'limit', 'allow')", name=op.f('ck_host_rule_severity')),
    sa.PrimaryKeyConstraint('host', name=op.f('pk_host_rule'))
    )
    op.create_table('incoming',
    sa.Column('host', sa.String(), nullable=False),
    sa.Column('uri', sa.String(), nullable=False),
    sa.Column('actor_uri', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('fetches', sa.Integer(), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('worker', sa.String(), nullable=True),
    sa.Column('last_error', sa.String(), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_incoming')),
    sa.UniqueConstraint('host', 'uri', name=op.f('uq_incoming_host_uri'))
    )
    with op.batch_alter_table('incoming', schema=None) as batch_op:
        batch_op.create_index('ix_incoming_due', ['state', 'due_at'], unique=False)

    op.create_table('link_card',
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('description', sa.String(), nullable=False),
    sa.Column('site', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_link_card'))
    )
    op.create_table('outgoing',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sender', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('object_uri', sa.String(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('is_public', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outgoing'))
    )
    with op.batch_alter_table('outgoing', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outgoing_object_uri'), ['object_uri'], unique=False)

    op.create_table('peer',
    sa.Column('host', sa.String(), nullable=False),
    sa.Column('scheme', sa.String(), nullable=True),
    sa.Column('scheme_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('failing_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rests_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_dead', sa.Boolean(), nullable=False),
    sa.Column('heard_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('clock_off_s', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('host', name=op.f('pk_peer'))
    )
    op.create_table('tombstone',
    sa.Column('uri', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('uri', name=op.f('pk_tombstone'))
    )
    with op.batch_alter_table('tombstone', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tombstone_at'), ['at'], unique=False)

    op.create_table('actor_key',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('private', sa.Text(), nullable=False),
    sa.Column('public', sa.String(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('rsa', 'ed25519')", name=op.f('ck_actor_key_kind')),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_actor_key_actor_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_actor_key'))
    )
    with op.batch_alter_table('actor_key', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_actor_key_actor_id'), ['actor_id'], unique=False)

    op.create_table('delivery',
    sa.Column('outgoing_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('inbox', sa.String(), nullable=False),
    sa.Column('host', sa.String(), nullable=False),
    sa.Column('object_uri', sa.String(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('worker', sa.String(), nullable=True),
    sa.Column('last_error', sa.String(), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['outgoing_id'], ['outgoing.id'], name=op.f('fk_delivery_outgoing_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery')),
    sa.UniqueConstraint('outgoing_id', 'inbox', name=op.f('uq_delivery_outgoing_id_inbox'))
    )
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.create_index('ix_delivery_due', ['state', 'due_at'], unique=False)
        batch_op.create_index('ix_delivery_host', ['host', 'state'], unique=False)
        batch_op.create_index('ix_delivery_order', ['inbox', 'object_uri', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_delivery_outgoing_id'), ['outgoing_id'], unique=False)

    op.create_table('follow',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('follower_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('followed_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('uri', sa.String(), nullable=True),
    sa.Column('more_uris', sa.Text(), nullable=True),
    sa.Column('shows_boosts', sa.Boolean(), nullable=False),
    sa.Column('notifies', sa.Boolean(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('pending', 'accepted')", name=op.f('ck_follow_state')),
    sa.ForeignKeyConstraint(['followed_id'], ['actor.id'], name=op.f('fk_follow_followed_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['follower_id'], ['actor.id'], name=op.f('fk_follow_follower_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_follow'))
    )
    with op.batch_alter_table('follow', schema=None) as batch_op:
        batch_op.create_index('ix_follow_followed', ['followed_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_follow_uri'), ['uri'], unique=False)
        batch_op.create_index('uq_follow_pair', ['follower_id', 'followed_id'], unique=True)

    op.create_table('host_block',
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('host', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_host_block_actor_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('actor_id', 'host', name=op.f('pk_host_block'))
    )
    op.create_table('mute',
    sa.Column('muter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('muted_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['muted_id'], ['actor.id'], name=op.f('fk_mute_muted_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['muter_id'], ['actor.id'], name=op.f('fk_mute_muter_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('muter_id', 'muted_id', name=op.f('pk_mute'))
    )
    op.create_table('remote_actor',
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('type', sa.String(), nullable=False),
    sa.Column('inbox', sa.String(), nullable=False),
    sa.Column('shared_inbox', sa.String(), nullable=True),
    sa.Column('outbox', sa.String(), nullable=True),
    sa.Column('followers', sa.String(), nullable=True),
    sa.Column('moderators', sa.String(), nullable=True),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('summary', sa.String(), nullable=False),
    sa.Column('icon_url', sa.String(), nullable=True),
    sa.Column('is_locked', sa.Boolean(), nullable=False),
    sa.Column('is_discoverable', sa.Boolean(), nullable=False),
    sa.Column('is_indexable', sa.Boolean(), nullable=False),
    sa.Column('also_known_as', sa.Text(), nullable=False),
    sa.Column('moved_to', sa.String(), nullable=True),
    sa.Column('moved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('keys', sa.Text(), nullable=False),
    sa.Column('circle_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('gone_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_remote_actor_actor_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('actor_id', name=op.f('pk_remote_actor'))
    )
    op.create_table('token',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('application_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('scopes', sa.String(), nullable=False),
    sa.Column('may_publish_outside', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_token_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_token_application_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_token')),
    sa.UniqueConstraint('digest', name=op.f('uq_token_digest'))
    )
    with op.batch_alter_table('token', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_token_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_token_application_id'), ['application_id'], unique=False)

    op.create_table('boost',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('post_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('uri', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_boost_actor_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_boost_post_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_boost')),
    sa.UniqueConstraint('actor_id', 'post_id', name=op.f('uq_boost_actor_id_post_id'))
    )
    with op.batch_alter_table('boost', schema=None) as batch_op:
        batch_op.create_index('ix_boost_actor', ['actor_id', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_boost_post_id'), ['post_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_boost_uri'), ['uri'], unique=False)

    op.create_table('post_link',
    sa.Column('post_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['digest'], ['link_card.digest'], name=op.f('fk_post_link_digest'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_post_link_post_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('post_id', name=op.f('pk_post_link'))
    )
    with op.batch_alter_table('post_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_post_link_digest'), ['digest'], unique=False)

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('shows_outside', sa.Boolean(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('spoke_outside', sa.Boolean(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('summary', sa.String(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('approves_followers', sa.Boolean(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('reached_by', sa.String(), nullable=False, server_default='anyone'))
        batch_op.add_column(sa.Column('also_known_as', sa.String(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('moved_to', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('moved_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('actor', schema=None) as batch_op:
        batch_op.add_column(sa.Column('host', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('outside_name', sa.String(), nullable=False, server_default=''))
        batch_op.create_index('ix_actor_handle', ['handle'], unique=False)
        batch_op.create_index(batch_op.f('ix_actor_host'), ['host'], unique=False)

    with op.batch_alter_table('media', schema=None) as batch_op:
        batch_op.add_column(sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('source_url', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('state', sa.String(), nullable=False, server_default='ready'))
        batch_op.alter_column('owner_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.create_index(batch_op.f('ix_media_actor_id'), ['actor_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_media_actor_id'), 'actor', ['actor_id'], ['id'], ondelete='CASCADE')
        batch_op.create_check_constraint(batch_op.f('ck_media_state'), "state IN ('ready', 'waiting', 'none')")
        batch_op.create_check_constraint(batch_op.f('ck_media_owned_or_fetched'), 'owner_id IS NOT NULL OR source_url IS NOT NULL')

    with op.batch_alter_table('notification', schema=None) as batch_op:
        batch_op.add_column(sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.create_index(batch_op.f('ix_notification_actor_id'), ['actor_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_notification_actor_id'), 'actor', ['actor_id'], ['id'], ondelete='CASCADE')

    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.add_column(sa.Column('url', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('warning', sa.String(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('details', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('quoted_uri', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('is_held', sa.Boolean(), nullable=False, server_default='0'))
        batch_op.create_index('ix_post_held', ['is_held', 'id'], unique=False, sqlite_where=sa.text('is_held'), postgresql_where=sa.text('is_held'))

    with op.batch_alter_table('quartier', schema=None) as batch_op:
        batch_op.add_column(sa.Column('outsiders_post', sa.Boolean(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('holds_outsiders', sa.Boolean(), nullable=False, server_default='1'))

    with op.batch_alter_table('report', schema=None) as batch_op:
        batch_op.add_column(sa.Column('host', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('uri', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('sent_on_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index('uq_report_uri', ['uri'], unique=True)

    with op.batch_alter_table('thanks', schema=None) as batch_op:
        batch_op.add_column(sa.Column('uri', sa.String(), nullable=True))
        batch_op.create_index(batch_op.f('ix_thanks_uri'), ['uri'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('thanks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_thanks_uri'))
        batch_op.drop_column('uri')

    with op.batch_alter_table('report', schema=None) as batch_op:
        batch_op.drop_index('uq_report_uri')
        batch_op.drop_column('sent_on_at')
        batch_op.drop_column('uri')
        batch_op.drop_column('host')

    with op.batch_alter_table('quartier', schema=None) as batch_op:
        batch_op.drop_column('holds_outsiders')
        batch_op.drop_column('outsiders_post')

    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.drop_index('ix_post_held', sqlite_where=sa.text('is_held'), postgresql_where=sa.text('is_held'))
        batch_op.drop_column('is_held')
        batch_op.drop_column('quoted_uri')
        batch_op.drop_column('details')
        batch_op.drop_column('warning')
        batch_op.drop_column('url')

    with op.batch_alter_table('notification', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_notification_actor_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_notification_actor_id'))
        batch_op.drop_column('actor_id')

    op.execute('DELETE FROM media WHERE owner_id IS NULL')
    with op.batch_alter_table('media', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_media_state'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_media_owned_or_fetched'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_media_actor_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_media_actor_id'))
        batch_op.alter_column('owner_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.drop_column('state')
        batch_op.drop_column('source_url')
        batch_op.drop_column('actor_id')

    with op.batch_alter_table('actor', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_actor_host'))
        batch_op.drop_index('ix_actor_handle')
        batch_op.drop_column('outside_name')
        batch_op.drop_column('host')

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_column('moved_at')
        batch_op.drop_column('moved_to')
        batch_op.drop_column('also_known_as')
        batch_op.drop_column('reached_by')
        batch_op.drop_column('approves_followers')
        batch_op.drop_column('summary')
        batch_op.drop_column('spoke_outside')
        batch_op.drop_column('shows_outside')

    with op.batch_alter_table('post_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_post_link_digest'))

    op.drop_table('post_link')
    with op.batch_alter_table('boost', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_boost_uri'))
        batch_op.drop_index(batch_op.f('ix_boost_post_id'))
        batch_op.drop_index('ix_boost_actor')

    op.drop_table('boost')
    with op.batch_alter_table('token', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_token_application_id'))
        batch_op.drop_index(batch_op.f('ix_token_account_id'))

    op.drop_table('token')
    op.drop_table('remote_actor')
    op.drop_table('mute')
    op.drop_table('host_block')
    with op.batch_alter_table('follow', schema=None) as batch_op:
        batch_op.drop_index('uq_follow_pair')
        batch_op.drop_index(batch_op.f('ix_follow_uri'))
        batch_op.drop_index('ix_follow_followed')

    op.drop_table('follow')
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_delivery_outgoing_id'))
        batch_op.drop_index('ix_delivery_order')
        batch_op.drop_index('ix_delivery_host')
        batch_op.drop_index('ix_delivery_due')

    op.drop_table('delivery')
    with op.batch_alter_table('actor_key', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_actor_key_actor_id'))

    op.drop_table('actor_key')
    with op.batch_alter_table('tombstone', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tombstone_at'))

    op.drop_table('tombstone')
    op.drop_table('peer')
    with op.batch_alter_table('outgoing', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outgoing_object_uri'))

    op.drop_table('outgoing')
    op.drop_table('link_card')
    with op.batch_alter_table('incoming', schema=None) as batch_op:
        batch_op.drop_index('ix_incoming_due')

    op.drop_table('incoming')
    op.drop_table('host_rule')
    op.drop_table('application')
